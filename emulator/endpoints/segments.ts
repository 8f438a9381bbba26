/** Segments of a picture: always the same two of the published labels. The preview marks what has the colour of the corner. */
import type { FastifyRequest } from 'fastify';
import { type Answer, errorAnswer, json } from '../http/answer';
import { cutOut } from '../media/compose-picture';
import type { World } from '../world';
import { withBody } from './checked-body';
import * as check from './field-checks';

const FIELDS: Readonly<Record<string, check.Field>> = { image_url: check.requiredAddress };
const SEGMENTS = [
  { label: 'upper-clothes', display: 'Top / Shirt' },
  { label: 'pants', display: 'Pants' },
] as const;
/** Fills the background of a preview. */
const MARK = '#ff00ff';

export async function findSegments(world: World, request: FastifyRequest): Promise<Answer> {
  return withBody(request, FIELDS, async (body) => {
    const url = String(body['image_url']);
    if (!(await world.inputs.fetch(toInput(url)))) {
      return errorAnswer(400, 'INVALID_PARAMETERS', 'The picture could not be fetched or decoded.');
    }
    const name = Buffer.from(url).toString('base64url');
    return json(200, { preview_url: `${world.baseUrl}/segments/${name}`, segments: SEGMENTS });
  });
}

/** Serves a preview; its name contains the picture's address. */
export async function servePreview(world: World, name: string): Promise<Answer> {
  const url = Buffer.from(name, 'base64url').toString();
  try {
    const input = await world.inputs.read(toInput(url));
    return { status: 200, body: await cutOut(input, 'png', MARK), headers: { 'content-type': 'image/png' } };
  } catch {
    // Whatever the reason, the picture is no longer at its address.
    return errorAnswer(404, 'NOT_FOUND', 'There is no such preview.');
  }
}

function toInput(url: string) {
  return { field: 'image_url', url, media: 'image' } as const;
}

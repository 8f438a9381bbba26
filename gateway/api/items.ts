/** Single images. */
import type { StartImageOptions } from '../../client/client';
import type { ImageHandle } from '../../client/items/item-handle';
import { imageJson } from '../../client/items/item-json';
import { imageSchema, startedImageSchema } from './answers';
import { ApiProblem } from './problem';
import { cancelImageBody, idParams, imageBody, problemsOfRequest } from './requests';
import { accepted, answers } from './responses';
import { refuseTakenId } from './taken-id';
import { type ApiRoutes, type ApiTools, inTime } from './tools';
import { validateBySchema } from './validate';

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'unknown', 'terminated']);

export const imageRoutes: ApiRoutes = async (app, { tools }) => {
  const { client } = tools;
  app.post(
    '/v1/images',
    {
      validatorCompiler: validateBySchema(problemsOfRequest),
      schema: {
        operationId: 'startImage',
        summary: 'Start an image, or find the one that was started with the same id',
        body: imageBody,
        response: accepted('The image is recorded, and survives the end of any process.', startedImageSchema),
      },
    },
    async ({ body }, reply) => {
      const options = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const { id, alreadyStarted } = await inTime(tools, () => start(tools, options as unknown as StartImageOptions));
      return reply.code(202).header('location', `/v1/images/${id}`).send({ id, alreadyStarted });
    },
  );
  app.get(
    '/v1/images/:id',
    {
      schema: {
        operationId: 'getImage',
        summary: 'What an image is doing, or how it ended',
        params: idParams,
        response: answers('The image.', imageSchema),
      },
    },
    ({ params: { id } }) => inTime(tools, () => imageAnswer(client.image(id))),
  );
  app.post(
    '/v1/images/:id/cancel',
    {
      schema: {
        operationId: 'cancelImage',
        summary: 'Submit nothing further; a job in flight is collected, for it is paid',
        params: idParams,
        body: cancelImageBody.nullish(),
        response: answers(
          'The image as it is now: while a job is collected it goes on, and ends as that job does.',
          imageSchema,
        ),
      },
    },
    ({ params: { id }, body }) => inTime(tools, () => cancel(client.image(id), body?.now === true)),
  );
};

/** @throws ApiProblem IMAGE_REFUSED if it has ended */
async function cancel(image: ImageHandle, now: boolean) {
  const { state } = await image.status();
  if (ENDED.has(state)) throw new ApiProblem('IMAGE_REFUSED', `the image "${image.id}" has ended: ${state}`);
  await image.cancel({ now });
  return imageAnswer(image);
}

async function start(tools: ApiTools, options: StartImageOptions): Promise<ImageHandle> {
  await refuseTakenId(tools, options);
  return tools.client.startImage(options);
}

async function imageAnswer(image: ImageHandle) {
  const { submissions: _submissions, nextRetryAt, ...status } = await image.status();
  const end = ENDED.has(status.state) ? endOf(image.id, await image.report()) : null;
  return { ...status, nextRetryAt: nextRetryAt?.toISOString() ?? null, end };
}

function endOf(imageId: string, report: Parameters<typeof imageJson>[1]) {
  const { id: _id, ...end } = imageJson(imageId, report);
  return end;
}

/** The files that a job makes, by role. */
import { createHash } from 'node:crypto';
import type { ClipWork, PictureWork } from '../endpoints/job-request';
import type { Job } from '../jobs/job';
import { writeClip } from './clip';
import { composePicture, cutOut, placeLogo } from './compose-picture';
import { writeMesh } from './mesh';
import { type Picture, toPicture } from './picture';
import { writeSpeech } from './sound';

/** `cutout`: with a transparent background. */
export type Role = 'result' | 'cutout';

export interface ResultFile {
  readonly role: Role;
  readonly mimeType: string;
  /** Identifies the content. */
  computeName(): string;
  make(readInputs: ReadInputs): Promise<Buffer>;
}

/** Returns the content of a job's inputs, in order. */
type ReadInputs = () => Promise<readonly Buffer[]>;

/** The main file comes first. */
export function listResults(job: Job): readonly ResultFile[] {
  const { work, prompt, inputs } = job.request;
  const describe = (role: Role, mimeType: string, make: ResultFile['make']): ResultFile => {
    const content = () => JSON.stringify([role, work, prompt, job.drawnSeed, inputs]);
    return { role, mimeType, make, computeName: () => createHash('sha256').update(content()).digest('hex') };
  };
  switch (work.kind) {
    case 'picture':
      return listPictures(job, work, describe);
    case 'clip':
      return [describe('result', 'video/mp4', (readInputs) => makeClip(job, work, readInputs))];
    case 'sound':
      return [describe('result', 'audio/wav', async () => writeSpeech(prompt))];
    case 'mesh':
      return [describe('result', 'model/gltf-binary', async () => writeMesh(job.drawnSeed))];
  }
}

type Describe = (role: Role, mimeType: string, make: ResultFile['make']) => ResultFile;

function listPictures(job: Job, work: PictureWork, describe: Describe): readonly ResultFile[] {
  const mimeType = `image/${work.format}`;
  if (work.effect !== 'cut-out') {
    return [
      describe('result', mimeType, async (readInputs) =>
        makePicture(toPicture(job, work), job, work, await readInputs()),
      ),
    ];
  }
  const cut = (background: string | null): ResultFile['make'] => {
    const format = background === null && work.format === 'jpeg' ? 'png' : work.format;
    return async (readInputs) => {
      const [input = Buffer.alloc(0)] = await readInputs();
      return cutOut(input, format, background);
    };
  };
  const cutout = describe('cutout', work.format === 'jpeg' ? 'image/png' : mimeType, cut(null));
  return work.recolor === null ? [cutout] : [describe('result', mimeType, cut(work.recolor)), cutout];
}

function makePicture(
  picture: Picture,
  { request }: Job,
  work: PictureWork,
  inputs: readonly Buffer[],
): Promise<Buffer> {
  if (work.effect !== 'place-logo') return composePicture(picture, work, work.position, inputs);
  const find = (field: string) => inputs[request.inputs.findIndex((input) => input.field === field)];
  return placeLogo(picture, work, work.position, { base: find('input_image'), logo: find('logo_url') });
}

async function makeClip(job: Job, work: ClipWork, readInputs: ReadInputs): Promise<Buffer> {
  const { width, height } = work;
  const [input] = await readInputs();
  return writeClip(toPicture(job, { width, height, format: 'png', palette: null }), work, input);
}

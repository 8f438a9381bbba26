/** The files that a job makes, by role. */
import type { ClipWork, PictureWork } from '../endpoints/job-request';
import type { Job } from '../jobs/job';
import { writeClip } from './clip';
import { composePicture, cutOut } from './compose-picture';
import { drawPicture } from './draw-picture';
import { writeMesh } from './mesh';
import { toPicture } from './picture';
import { writeSpeech } from './sound';

/** `cutout`: with a transparent background. */
export type Role = 'result' | 'cutout';

export interface ResultFile {
  readonly role: Role;
  readonly mimeType: string;
  make(readInputs: ReadInputs): Promise<Buffer>;
}

/** Returns the content of a job's inputs, in order. */
type ReadInputs = () => Promise<readonly Buffer[]>;

/** The main file comes first. */
type ResultFiles = readonly [ResultFile, ...ResultFile[]];

export function listResults(job: Job): ResultFiles {
  const { work, prompt } = job.request;
  switch (work.kind) {
    case 'picture':
      return listPictures(job, work);
    case 'clip':
      return [{ role: 'result', mimeType: 'video/mp4', make: (readInputs) => makeClip(job, work, readInputs) }];
    case 'sound':
      return [{ role: 'result', mimeType: 'audio/wav', make: async () => writeSpeech(prompt) }];
    case 'mesh':
      return [{ role: 'result', mimeType: 'model/gltf-binary', make: async () => writeMesh(job.drawnSeed) }];
  }
}

function listPictures(job: Job, work: PictureWork): ResultFiles {
  const mimeType = `image/${work.format}`;
  if (work.effect !== 'cut-out') {
    return [{ role: 'result', mimeType, make: (readInputs) => makePicture(job, work, readInputs) }];
  }
  const cut = (background: string | null): ResultFile['make'] => {
    const format = background === null && work.format === 'jpeg' ? 'png' : work.format;
    return async (readInputs) => {
      const [input = Buffer.alloc(0)] = await readInputs();
      return cutOut(input, format, background);
    };
  };
  const cutout: ResultFile = {
    role: 'cutout',
    mimeType: work.format === 'jpeg' ? 'image/png' : mimeType,
    make: cut(null),
  };
  return work.recolor === null ? [cutout] : [{ role: 'result', mimeType, make: cut(work.recolor) }, cutout];
}

async function makePicture(job: Job, work: PictureWork, readInputs: ReadInputs): Promise<Buffer> {
  const picture = toPicture(job, work);
  const inputs = await readInputs();
  if (work.effect !== 'place-logo') return composePicture(picture, work, inputs);
  const find = (field: string) => inputs.filter((_, index) => job.request.inputs[index]?.field === field);
  const [base = await drawPicture(picture)] = find('input_image');
  return composePicture(picture, work, [base, ...find('logo_url')]);
}

async function makeClip(job: Job, work: ClipWork, readInputs: ReadInputs): Promise<Buffer> {
  const { width, height, seconds } = work;
  const [input] = await readInputs();
  return writeClip(toPicture(job, { width, height, format: 'png', palette: null }), seconds, input);
}

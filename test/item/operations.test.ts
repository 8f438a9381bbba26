/** Every operation, from the request to the stored files. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { StartItemOptions } from '../../client';
import type { Action } from '../../emulator';
import { type FailureCode, getFailureRow, PROVIDER_FAILURE_CODES } from '../../workflows/domain/failures/failures';
import {
  getOperationRow,
  OPERATION_NAMES,
  type OperationName,
  type OutputKind,
} from '../../workflows/domain/operations/operations';
import { alphaAt, drawPhoto, type FileServer, PHOTO_SIDE, startFileServer } from '../support/file-server';
import { hashOf } from '../support/hash-of';
import { catchError } from '../support/images';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;
let files: FileServer;
let photo = '';

beforeAll(async () => {
  rig = await startRig();
  files = await startFileServer({ '/photo.png': await drawPhoto() });
  photo = `${files.url}/photo.png`;
});
afterAll(async () => {
  files.close();
  await rig.close();
});

const SIZE = { width: 48, height: 32 };

/** By operation; the address of the photo is filled in. */
const REQUESTS: Readonly<Record<OperationName, (photo: string) => Readonly<Record<string, unknown>>>> = {
  'generate/video': (url) => ({ input_image: url, width: 64, height: 32, duration_seconds: 1 }),
  'generate/speech': () => ({ text: 'hello' }),
  'generate/3d': (url) => ({ image_path: url, mode: 'paint' }),
  'identity/voice/clone': (url) => ({ text: 'hello', reference_voice_url: url }),
  'generate/image': () => ({ prompt: 'a fox', seed: 3, ...SIZE }),
  'edit/image': (url) => ({ prompt: 'brighter', input_image: [url, url], has_text: true }),
  'background/change/image': (url) => ({ prompt: 'a beach', input_image: url, true_cfg_scale: 3.5 }),
  'background/remove/image': (url) => ({ input_image: url, drop_shadow: false }),
  'upscale/image': (url) => ({ input_image: url, scale: 2, output_format: 'png' }),
  'branding/logo/image': (url) => ({ input_image: url, logo_url: url, position: 'top_left' }),
  'branding/template/image': (url) => ({ input_image: url, palette_mode: 'similar', palette: ['#ff0000'] }),
  'identity/faceswap/image': (url) => ({ target: url, source: url, upscale: 1.5 }),
  'identity/lock/image': (url) => ({ prompt: 'on a bicycle', input_image: url, negative_prompt: 'rain', ...SIZE }),
  'identity/replace/image': (url) => ({ prompt: 'a cook', input_image: url, ...SIZE }),
  'creator/instamodel/image': (url) => ({ prompt: 'at the sea', input_face: url, ...SIZE }),
  'creator/tryon/image': (url) => ({ person_image: url, clothing_image: url, gender: 'man', ...SIZE }),
};

const TYPES: Readonly<Record<OutputKind, RegExp>> = {
  image: /^image\//,
  video: /^video\/mp4$/,
  audio: /^audio\/wav$/,
  mesh: /^model\//,
};

function toRequest(operation: OperationName): Readonly<Record<string, unknown>> {
  return REQUESTS[operation](photo);
}

test.each(OPERATION_NAMES)('%s arrives as given, and its result is verified and stored', async (operation) => {
  const request = toRequest(operation);
  const { output } = getOperationRow(operation);
  const id = operation.replaceAll('/', '-');
  const image = await rig.client.startItem({ id, operation, request } as StartItemOptions);
  const { result, submissions } = await image.result();
  expect(submissions).toHaveLength(1);
  expect(result).toMatchObject({ verified: true, mimeType: expect.stringMatching(TYPES[output]) });
  expect(path.basename(result.file)).toMatch(new RegExp(`^${id}\\.(webp|png|mp4|wav|glb)$`));
  const bytes = readFileSync(result.file);
  expect(hashOf(bytes)).toBe(result.sha256);
  if (output === 'image')
    expect(await sharp(bytes).metadata()).toMatchObject({ width: result.width, height: result.height });
  const job = rig.emulator.ledger().jobs.find(({ jobId }) => jobId === submissions[0]?.jobId);
  const sent = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  expect(job).toMatchObject({ operation, bodySha256: sent, downloads: 1, charged: true });
});

test('a cut-out is the main file if it is the only one', async () => {
  const image = await rig.client.startItem({
    id: 'cutout-only',
    operation: 'background/remove/image',
    request: { input_image: photo },
  });
  const { result, files: stored } = await image.result();
  expect(stored).toEqual([{ role: 'cutout', ...result }]);
  const bytes = readFileSync(result.file);
  expect([await alphaAt(bytes, 0, 0), await alphaAt(bytes, PHOTO_SIDE / 2, PHOTO_SIDE / 2)]).toEqual([0, 255]);
});

test('with a colour, the result is the main file and the cut-out is beside it', async () => {
  const image = await rig.client.startItem({
    id: 'recoloured',
    operation: 'background/remove/image',
    request: { input_image: photo, recolor: '#ff0000' },
  });
  const { result, files: stored = [] } = await image.result();
  expect(stored.map(({ role, file }) => [role, path.basename(file)])).toEqual([
    ['result', 'recoloured.png'],
    ['cutout', 'recoloured~cutout.png'],
  ]);
  expect(stored[0]).toEqual({ role: 'result', ...result });
  expect(await alphaAt(readFileSync(stored[1]?.file ?? ''), 0, 0)).toBe(0);
  expect(await alphaAt(readFileSync(result.file), 0, 0)).toBe(255);
});

test('an input that the provider cannot read ends the item, and is neither retried nor charged', async () => {
  const image = await rig.client.startItem({
    id: 'unreadable-input',
    operation: 'upscale/image',
    request: { input_image: `${files.url}/gone.png` },
  });
  const error = await catchError(image);
  expect(error).toMatchObject({ code: 'INPUT_INVALID', outcome: 'failed' });
  const jobs = rig.emulator.ledger().jobs.filter(({ code }) => code === 'INPUT_INVALID');
  expect(jobs).toEqual([expect.objectContaining({ operation: 'upscale/image', charged: false })]);
});

test('rows of a batch have operations of their own', async () => {
  const rows = OPERATION_NAMES.map((operation) => ({
    ...toRequest(operation),
    key: operation.replaceAll('/', '-'),
    operation,
  }));
  const plan = await rig.client.planBatch({ rows });
  expect(plan).toMatchObject({ mayStart: true, valid: OPERATION_NAMES.length });
  const batch = await rig.client.startBatch({ id: 'mixed', rows });
  const status = await batch.result();
  expect(status.counts).toMatchObject({ succeeded: OPERATION_NAMES.length });
  const byKey = new Map<string, unknown>();
  for await (const row of batch.results()) byKey.set(row.key, row);
  expect(byKey.get('background-remove-image')).toMatchObject({ files: [{ role: 'cutout' }], mimeType: 'image/png' });
  expect(byKey.get('generate-video')).toMatchObject({ mimeType: 'video/mp4', durationMs: 1_000 });
  expect(byKey.get('upscale-image')).toMatchObject({ width: 2 * PHOTO_SIDE, height: 2 * PHOTO_SIDE });
});

describe('a failure of each operation, another code for each', () => {
  /** Repetitions of a code that is retried until the deadline. */
  const AGAIN = 2;
  const HTML = { 'content-type': 'text/html' };

  interface Failure {
    readonly code: FailureCode;
    readonly then: Action;
    /** Where the code is met: by a job, or by a submission that created none. */
    readonly by: 'job' | 'submission';
    /** Default: that of the failure table. */
    readonly outcome?: 'unknown';
  }

  const FAILURES: readonly Failure[] = [
    ...PROVIDER_FAILURE_CODES.map((code) => ({ code, then: { failJob: code, jobMs: 0 }, by: 'job' as const })),
    { code: 'UNRECOGNISED_CODE', then: { failJob: 'GPU_ON_FIRE', retryable: true, jobMs: 0 }, by: 'job' },
    { code: 'UNAUTHENTICATED', then: { status: 401, body: {} }, by: 'submission' },
    { code: 'FORBIDDEN', then: { status: 403, body: {} }, by: 'submission' },
    { code: 'PROVIDER_UNREACHABLE', then: { status: 503, body: { detail: 'down' } }, by: 'submission' },
    {
      code: 'SUBMIT_OUTCOME_UNKNOWN',
      then: { status: 502, body: '<html>Bad gateway</html>', headers: HTML, accepted: true },
      by: 'submission',
      outcome: 'unknown',
    },
  ];
  const CASES = OPERATION_NAMES.map((operation, index) => ({ operation, failure: FAILURES[index] }));
  const idOf = (operation: OperationName) => `fails-${operation.replaceAll('/', '-')}`;

  /** What follows from the failure table. */
  function expectedOf({ code, by, outcome }: Failure) {
    const { retryable, budget } = getFailureRow(code);
    const met = code === 'UNRECOGNISED_CODE' ? 'GPU_ON_FIRE' : code;
    const isRetried = retryable === true;
    if (isRetried && budget === null && by === 'job')
      return { outcome: 'succeeded', code: null, submissions: [...Array<string>(AGAIN).fill(met), null] };
    if (isRetried && budget === null) return { outcome: 'succeeded', code: null, submissions: [null] };
    const times = isRetried ? (budget ?? 0) + 1 : 1;
    const end = outcome ?? (code === 'CANCELLED' ? 'cancelled' : 'failed');
    return { outcome: end, code: met, submissions: Array<string>(times).fill(met) };
  }

  let earlier: readonly string[];

  beforeAll(async () => {
    earlier = rig.emulator.ledger().jobs.map(({ jobId }) => jobId);
    for (const { operation, failure } of CASES) {
      if (failure === undefined) throw new Error(`no failure is left for ${operation}`);
      const { retryable, budget } = getFailureRow(failure.code);
      const times = retryable === true && budget === null ? { times: AGAIN } : {};
      rig.emulator.script({ match: { operation }, ...times, then: failure.then });
    }
    // Some codes hold the account, so each has one of its own.
    await Promise.all(
      OPERATION_NAMES.map(async (operation) => {
        const id = idOf(operation);
        const client = await rig.clientOf(id);
        await client.startItem({ id, operation, request: toRequest(operation) } as StartItemOptions);
      }),
    );
  });
  afterAll(() => rig.emulator.clearScripts());

  test('there is a code for each', () => {
    expect(FAILURES).toHaveLength(OPERATION_NAMES.length);
  });

  test.each(CASES)('$operation: $failure.code', async ({ operation, failure }) => {
    if (failure === undefined) throw new Error(`no failure is left for ${operation}`);
    const { outcome, code, submissions } = await rig.client.item(idOf(operation)).report();
    const found = { outcome, code, submissions: submissions.map((submission) => submission.code) };
    expect(found).toEqual(expectedOf(failure));
    const later = rig.emulator.ledger().jobs.filter(({ jobId }) => !earlier.includes(jobId));
    const jobs = later.filter((job) => job.operation === operation && job.code !== null);
    const isOfJob = failure.by === 'job';
    expect(jobs).toHaveLength(isOfJob ? submissions.filter((submission) => submission.code !== null).length : 0);
    expect(jobs.every(({ charged }) => !charged)).toBe(true);
  });
});

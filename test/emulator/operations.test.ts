/** Every operation makes its kind of result, from inputs that it fetches. */
import sharp from 'sharp';
import type { Emulator, JobStatusResponse } from '../../emulator';
import { OPERATIONS, type OperationName } from '../../workflows/domain/operations/operations';
import { alphaAt, drawPhoto, type FileServer, PHOTO_SIDE, startFileServer } from '../support/file-server';
import { headers, pause, start } from './harness';

const SIDE = PHOTO_SIDE;
let server: FileServer;
let address = '';
let photo: Buffer;

beforeAll(async () => {
  photo = await drawPhoto();
  server = await startFileServer({
    '/photo.png': photo,
    '/voice.wav': Buffer.from('a voice'),
    '/text.png': Buffer.from('no image'),
  });
  address = server.url;
});

afterAll(() => server.close());

/** The smallest request of each operation. */
function minimal(photo: string, voice: string): Readonly<Record<OperationName, object>> {
  return {
    'generate/image': { prompt: 'a fox', width: 32, height: 32 },
    'generate/video': { input_image: photo, width: 64, height: 32, duration_seconds: 1 },
    'generate/speech': { text: 'hello' },
    'generate/3d': { image_path: photo },
    'edit/image': { prompt: 'brighter', input_image: [photo, photo] },
    'background/change/image': { prompt: 'a beach', input_image: photo },
    'background/remove/image': { input_image: photo },
    'upscale/image': { input_image: photo, scale: 2 },
    'branding/logo/image': { input_image: photo, logo_url: photo },
    'branding/template/image': { input_image: photo },
    'identity/faceswap/image': { target: photo, source: photo },
    'identity/lock/image': { prompt: 'on a bicycle', input_image: photo, width: 48, height: 32 },
    'identity/replace/image': { prompt: 'a cook', input_image: photo, width: 48, height: 32 },
    'identity/voice/clone': { text: 'hello', reference_voice_url: voice },
    'creator/instamodel/image': { prompt: 'at the sea', input_face: photo, width: 48, height: 32 },
    'creator/tryon/image': { person_image: photo, clothing_image: photo, width: 48, height: 32 },
  };
}

function post(emulator: Emulator, operation: OperationName, body: object): Promise<Response> {
  const { path } = OPERATIONS[operation];
  return fetch(emulator.url + path, { method: 'POST', headers: headers(emulator), body: JSON.stringify(body) });
}

async function run(emulator: Emulator, operation: OperationName, body: object): Promise<JobStatusResponse> {
  const answer = await post(emulator, operation, body);
  expect(answer.status).toBe(200);
  const { job_id } = (await answer.json()) as { job_id: string };
  for (;;) {
    const url = `${emulator.url}${OPERATIONS[operation].path}/status/${job_id}`;
    const status = (await (await fetch(url, { headers: headers(emulator) })).json()) as JobStatusResponse;
    if (!['queued', 'processing'].includes(status.status)) return status;
    await pause(2);
  }
}

async function read(url: string | null | undefined): Promise<Buffer> {
  const response = await fetch(String(url));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

const MIME_TYPES = { image: /^image\//, video: /^video\/mp4$/, audio: /^audio\/wav$/, mesh: /^model\/gltf-binary$/ };
const NAMES = Object.keys(OPERATIONS) as OperationName[];

test.each(NAMES)('%s completes with a result of its kind', async (operation) => {
  const emulator = await start();
  const status = await run(emulator, operation, minimal(`${address}/photo.png`, `${address}/voice.wav`)[operation]);
  expect(status.status).toBe('completed');
  expect(status.result_mime_type).toMatch(MIME_TYPES[OPERATIONS[operation].output]);
  const file = await read(status.result_url ?? status.cutout_url);
  expect(emulator.ledger().jobs[0]).toMatchObject({ operation, resultBytes: file.length });
  if (OPERATIONS[operation].output === 'image') expect((await sharp(file).stats()).channels.length).toBeGreaterThan(2);
});

test.each(NAMES)('%s refuses a body without its required fields', async (operation) => {
  const emulator = await start();
  const { fields } = OPERATIONS[operation];
  const required = Object.entries(fields).flatMap(([name, rule]) => ('required' in rule ? [name] : []));
  const answer = await post(emulator, operation, {});
  expect(answer.status).toBe(required.length === 0 ? 200 : 422);
  if (required.length === 0) return;
  const { detail } = (await answer.json()) as { detail: { loc: string[] }[] };
  expect(detail.map(({ loc }) => loc[1]).sort()).toEqual(required.sort());
});

test.each([
  ['nothing', '/gone.png'],
  ['no picture', '/text.png'],
])('an input at whose address there is %s ends the job with INPUT_INVALID', async (_what, path) => {
  const status = await run(await start(), 'upscale/image', { input_image: address + path });
  expect(status).toMatchObject({ status: 'failed', failure_reason_code: 'INPUT_INVALID', credits_charged: false });
});

test('a picture is enlarged by its factor, or to the size of the request', async () => {
  const emulator = await start();
  const sizeOf = async (fields: object) => {
    const { result_url } = await run(emulator, 'upscale/image', { input_image: `${address}/photo.png`, ...fields });
    const { width, height } = await sharp(await read(result_url)).metadata();
    return [width, height];
  };
  expect(await sizeOf({})).toEqual([4 * SIDE, 4 * SIDE]);
  expect(await sizeOf({ scale: 3 })).toEqual([3 * SIDE, 3 * SIDE]);
  expect(await sizeOf({ width: 100, height: 50 })).toEqual([100, 50]);
});

test('a cut-out is transparent around its subject, and a colour gives a second file', async () => {
  const emulator = await start();
  const input_image = `${address}/photo.png`;
  const plain = await run(emulator, 'background/remove/image', { input_image });
  expect(plain.result_url).toBeNull();
  const cutout = await read(plain.cutout_url);
  expect([await alphaAt(cutout, 0, 0), await alphaAt(cutout, SIDE / 2, SIDE / 2)]).toEqual([0, 255]);
  const recoloured = await run(emulator, 'background/remove/image', { input_image, recolor: '#ff0000' });
  expect(await read(recoloured.cutout_url)).toEqual(cutout);
  const { data } = await sharp(await read(recoloured.result_url))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([255, 0, 0]);
});

test('a logo changes only its corner', async () => {
  const emulator = await start();
  const url = `${address}/photo.png`;
  const request = { input_image: url, logo_url: url, position: 'top_left', output_format: 'png' };
  const { result_url } = await run(emulator, 'branding/logo/image', request);
  const [before, after] = await Promise.all(
    [photo, await read(result_url)].map((file) => sharp(file).removeAlpha().raw().toBuffer()),
  );
  const corner = SIDE / 4;
  const changed = Array.from({ length: SIDE * SIDE }, (_, index) => index).filter(
    (index) => before?.[3 * index] !== after?.[3 * index],
  );
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.filter((index) => index % SIDE >= corner || index / SIDE >= corner)).toEqual([]);
});

test('a sound is as long as its header says', async () => {
  const { result_url } = await run(await start(), 'generate/speech', { text: 'a longer sentence to say' });
  const file = await read(result_url);
  expect(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 12)).toBe('RIFFWAVE');
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect(file.readUInt32LE(40)).toBe(file.length - 44);
});

test('a mesh has all of its buffer', async () => {
  const { result_url } = await run(await start(), 'generate/3d', { image_path: `${address}/photo.png` });
  const file = await read(result_url);
  expect(file.toString('latin1', 0, 4)).toBe('glTF');
  expect(file.readUInt32LE(8)).toBe(file.length);
  const jsonBytes = file.readUInt32LE(12);
  const { buffers } = JSON.parse(file.toString('utf8', 20, 20 + jsonBytes)) as { buffers: { byteLength: number }[] };
  expect(file.readUInt32LE(20 + jsonBytes)).toBe(buffers[0]?.byteLength);
});

test('unknown fields are refused where the published schema forbids them', async () => {
  const emulator = await start();
  const url = `${address}/photo.png`;
  expect((await post(emulator, 'generate/3d', { image_path: url, colour: 'red' })).status).toBe(422);
  expect((await post(emulator, 'edit/image', { prompt: 'brighter', colour: 'red' })).status).toBe(200);
});

test('a dearer operation costs more, and takes longer', async () => {
  const emulator = await start({ jobTime: { medianMs: 4, sigma: 0 }, credits: 100 });
  const status = await run(emulator, 'generate/3d', { image_path: `${address}/photo.png` });
  expect(status.credits_amount).toBe(10);
  expect(status.inference_time_seconds).toBe(0.032);
});

/** Inputs are fetched for each job, and may be gone later. */
import path from 'node:path';
import sharp from 'sharp';
import type { Emulator, EmulatorOptions } from '../../emulator';
import { drawPhoto, type FileServer, startFileServer } from '../support/file-server';
import { tempFolder } from '../support/temp-folder';
import { awaitEnd, INSTANT, post, start } from './harness';

const UPSCALE = '/upscale/image/v1';
const CLONE = '/identity/voice/clone/v1';

let files: Record<string, Buffer>;
let server: FileServer;

beforeEach(async () => {
  files = { '/photo.png': await drawPhoto(), '/voice.wav': Buffer.from('a voice') };
  server = await startFileServer(files);
});
afterEach(() => server.close());

async function submitTo(emulator: Emulator, endpoint: string, fields: object): Promise<string> {
  const answer = await post(emulator, fields, emulator.apiKey, endpoint);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { job_id: string }).job_id;
}

async function downloadOf(emulator: Emulator, jobId: string, endpoint: string): Promise<Response> {
  return fetch(String((await awaitEnd(emulator, jobId, endpoint)).result_url));
}

test('an input that is gone fails the next job, and not the result of an earlier one', async () => {
  const emulator = await start();
  const request = { input_image: `${server.url}/photo.png`, scale: 1 };
  const earlier = await submitTo(emulator, UPSCALE, request);
  delete files['/photo.png'];
  const later = await submitTo(emulator, UPSCALE, request);
  expect(await awaitEnd(emulator, later, UPSCALE)).toMatchObject({ failure_reason_code: 'INPUT_INVALID' });
  expect((await downloadOf(emulator, earlier, UPSCALE)).status).toBe(200);
});

test('an input that has changed is read again for the next job', async () => {
  const emulator = await start();
  const request = { input_image: `${server.url}/photo.png`, scale: 1 };
  const first = await downloadOf(emulator, await submitTo(emulator, UPSCALE, request), UPSCALE);
  files['/photo.png'] = await sharp(files['/photo.png']).negate({ alpha: false }).toBuffer();
  const second = await downloadOf(emulator, await submitTo(emulator, UPSCALE, request), UPSCALE);
  expect(Buffer.from(await second.arrayBuffer())).not.toEqual(Buffer.from(await first.arrayBuffer()));
});

test('a sound is made after a restart, even if the voice is gone', async () => {
  const options: EmulatorOptions = { ...INSTANT, stateFile: path.join(tempFolder(), 'state.jsonl') };
  const first = await start(options);
  const request = { text: 'hello', reference_voice_url: `${server.url}/voice.wav` };
  const jobId = await submitTo(first, CLONE, request);
  await first.close();
  delete files['/voice.wav'];
  expect((await downloadOf(await start(options), jobId, CLONE)).status).toBe(200);
});

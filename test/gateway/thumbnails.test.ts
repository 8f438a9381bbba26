/** Thumbnails of results: made once, few at a time, of pictures only. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { Api } from '../../gateway';
import { Thumbnails } from '../../gateway/api/files/thumbnails';
import { type Rig, startRig } from '../support/rig';
import { AUTHORIZED, startTestApi } from './api-harness';

let rig: Rig;
let api: Api;
const KEYS = ['wide', 'svg', 'html', 'cut'];

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig);
  const rows = KEYS.map((key) => ({ key, prompt: key, width: 640, height: 320 }));
  const batch = await rig.client.startBatch({ id: 'pictures', rows });
  const item = await rig.client.startImage({ id: 'single', request: { prompt: 'one', width: 64, height: 64 } });
  await Promise.all([batch.result(), item.result()]);
  disguise('svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>');
  disguise('html', '<!doctype html><script>alert(1)</script>');
  const cut = readStored('cut');
  writeFileSync(cut.file, cut.bytes.fill(0, 64));
});
afterAll(() => rig.close());

function readStored(key: string) {
  const folder = path.join(rig.store, 'batches', 'pictures', 'items');
  const name = readdirSync(folder).find((one) => one.startsWith(`${key}.`)) ?? '';
  const file = path.join(folder, name);
  return { file, bytes: readFileSync(file) };
}

/** Puts another text into the file of a result, at the length that the result names. */
function disguise(key: string, text: string): void {
  const { file, bytes } = readStored(key);
  writeFileSync(file, Buffer.from(text.padEnd(bytes.length)).subarray(0, bytes.length));
}

function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${api.url}${url}`, { headers: { ...AUTHORIZED, ...headers } });
}

const thumbnailOf = (key: string) => `/v1/batches/pictures/items/${key}/files/result/thumbnail`;

test('a thumbnail is a small WebP that no browser runs, and is kept in the store', async () => {
  const answer = await ask(thumbnailOf('wide'));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('image/webp');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 384, height: 192 });
  const etag = answer.headers.get('etag') ?? '';
  const [, sha256] = /^"thumbnail-([0-9a-f]{64})"$/.exec(etag) ?? [];
  const kept = path.join(rig.store, 'thumbnails', `${sha256}.webp`);
  expect(readFileSync(kept).equals(bytes)).toBe(true);
  expect((await ask(thumbnailOf('wide'), { 'if-none-match': etag })).status).toBe(304);
  // What is kept is not made again.
  writeFileSync(kept, 'kept');
  expect(await (await ask(thumbnailOf('wide'))).text()).toBe('kept');
});

test('a single item has thumbnails too, and a small picture is not enlarged', async () => {
  const answer = await ask('/v1/items/single/files/result/thumbnail');
  expect(await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).toMatchObject({ width: 64, height: 64 });
});

test.each(['svg', 'html', 'cut'])('no thumbnail of a file that is no picture, whatever its name: %s', async (key) => {
  const answer = await ask(thumbnailOf(key));
  expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ code: 'NOT_FOUND' })]);
  // Its bytes are downloaded, never shown.
  const file = await ask(`/v1/batches/pictures/items/${key}/files/result`);
  expect(file.headers.get('content-type')).toMatch(/^image\/(webp|png|jpeg)$/);
  expect(file.headers.get('x-content-type-options')).toBe('nosniff');
  expect(file.headers.get('content-disposition')).toMatch(/^attachment;/);
  expect(file.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
});

test.each([
  '/v1/batches/pictures/items/..%2f..%2fmanifest/files/result/thumbnail',
  '/v1/batches/pictures/items/wide/files/..%2f..%2f..%2fstore/thumbnail',
  '/v1/batches/..%2fpictures/items/wide/files/result/thumbnail',
  '/v1/batches/pictures/items/wide/files/constructor/thumbnail',
  '/v1/batches/pictures/items/wide%00/files/result/thumbnail',
  '/v1/items/%2e%2e/files/result/thumbnail',
])('no other file: %s', async (url) => {
  expect([404, 422]).toContain((await ask(url)).status);
});

test('few are made at a time, each content once', async () => {
  const picture = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  let [reading, most, reads, kept] = [0, 0, 0, 0];
  const store = {
    readImage: async () => {
      reads += 1;
      reading += 1;
      most = Math.max(most, reading);
      await new Promise((resolve) => setTimeout(resolve, 20));
      reading -= 1;
      return picture;
    },
    thumbnails: {
      read: async () => null,
      keep: async () => {
        kept += 1;
      },
    },
  };
  const thumbnails = new Thumbnails({ store: store as never, log: () => undefined });
  const file = (name: number) => ({
    kept: { folder: 'x', key: 'x', extension: 'png', version: 1 },
    sha256: String(name),
    bytes: picture.length,
  });
  await Promise.all(Array.from({ length: 40 }, (_one, index) => thumbnails.find(file(index % 10))));
  expect({ most, reads, kept }).toEqual({ most: 2, reads: 10, kept: 10 });
  expect(existsSync(path.join(rig.store, 'thumbnails', '0.webp'))).toBe(false);
});

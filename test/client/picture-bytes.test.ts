/** Programs give the bytes of pictures in place of their addresses. */
import { createReadStream, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { BatchRow } from '../../client';
import { drawColour, drawPhoto } from '../support/file-server';
import { hashOf } from '../support/hash-of';
import { type Rig, startRig } from '../support/rig';
import { listStoredInputs } from '../support/stored-inputs';
import { tempFolder } from '../support/temp-folder';

let rig: Rig;
let photo: Buffer;
const OPERATION = 'upscale/image';

beforeAll(async () => {
  rig = await startRig();
  photo = await drawPhoto();
});
afterAll(() => rig.close());

const draw = (blue: number) => drawColour(`#0000${String(blue).padStart(2, '0')}`);

test('an item takes a buffer, a stream of the same bytes finds it again, and so does a path', async () => {
  const file = path.join(tempFolder(), 'a.png');
  writeFileSync(file, photo);
  const given = [photo, new Uint8Array(photo), createReadStream(file), file];
  const items = [];
  for (const input_image of given)
    items.push(await rig.client.startItem({ operation: OPERATION, request: { input_image } }));
  expect(new Set(items.map(({ id }) => id)).size).toBe(1);
  expect(items.map(({ alreadyStarted }) => alreadyStarted)).toEqual([false, true, true, true]);
  expect((await items[0]?.result())?.outcome).toBe('succeeded');
  expect(listStoredInputs(rig)).toContain(`${hashOf(photo)}.png`);
});

test('rows take bytes and streams, each content is stored once, and a row that repeats a stream has its content', async () => {
  const stream = Readable.from([(await draw(1)).subarray(0, 20), (await draw(1)).subarray(20)]);
  async function* rows(): AsyncGenerator<BatchRow> {
    for (let row = 0; row < 6; row += 1)
      yield { key: `k${row}`, operation: OPERATION, input_image: await draw(row % 3 === 0 ? 1 : 2) };
    yield { key: 'stream', operation: OPERATION, input_image: stream };
    yield { key: 'again', operation: 'edit/image', prompt: 'brighter', input_image: [stream, await draw(3)] };
  }
  const before = listStoredInputs(rig).length;
  const plan = await rig.client.planBatch({ rows: rows(), dropDuplicates: true });
  // The plan has read the stream.
  expect([plan.valid, plan.dropped, plan.problems.map(({ key }) => key)]).toEqual([3, 5, []]);
  expect(listStoredInputs(rig)).toHaveLength(before);
});

test('a batch of bytes runs, and so does a redrive with other bytes', async () => {
  const before = listStoredInputs(rig).length;
  const toRows = (blues: readonly number[]) =>
    Promise.all(
      blues.map(async (blue, row) => ({ key: `k${row}`, operation: OPERATION, input_image: await draw(blue) })),
    );
  rig.emulator.script({ times: 1, match: { operation: OPERATION }, then: { failJob: 'INPUT_INVALID' } });
  const rows = (await toRows([11, 12, 11])) as BatchRow[];
  const batch = await rig.client.startBatch({ id: 'bytes', rows });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 2, failed: 1 });
  expect(listStoredInputs(rig)).toHaveLength(before + 2);
  const other = (await toRows([21, 22, 23])) as BatchRow[];
  expect(await batch.redrive({ rows: other })).toMatchObject({ selected: 1 });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 3 });
});

test('every problem is named, and nothing is kept', async () => {
  const before = listStoredInputs(rig);
  const large = Readable.from(
    (function* () {
      for (let at = 0; at < 100; at += 1) yield Buffer.alloc(1024 * 1024);
    })(),
  );
  const broken = new Readable({ read: (): void => void broken.destroy(new Error('no more')) });
  const given = [Buffer.alloc(0), Buffer.from('a text'), photo.subarray(0, 50), large, Readable.from(['text']), broken];
  const rows = given.map((input_image, row) => ({ key: `k${row}`, operation: OPERATION, input_image })) as BatchRow[];
  const { problems } = await rig.client.planBatch({ rows });
  expect(problems.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
    'input_image is given as bytes: it is empty',
    'input_image is given as bytes: it is not a picture; must be PNG, JPEG, WebP or GIF',
    'input_image is given as bytes: it is a PNG picture that ends too early: the file is cut off',
    'input_image is given as bytes: it is larger than 20 MB',
    'input_image is given as bytes: it is a stream of something else; must be a stream of bytes',
    'input_image is given as bytes: it is a stream that cannot be read: no more',
  ]);
  expect(large.destroyed).toBe(true);
  const request = { prompt: photo, logo_url: Buffer.from('a text') } as unknown as { prompt: string };
  const refused = rig.client.startItem({ operation: 'generate/image', request });
  await expect(refused).rejects.toThrow(/prompt .*must be/s);
  expect(listStoredInputs(rig)).toEqual(before);
});

/** The files of results, from the store of the library: names, types, bytes and checks. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DamagedFileError, FileMissingError, InvalidRequestError, NotInStore } from '../../client';
import { formatKey, startBatch } from '../batch/batch-fixtures';
import { catchError, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

let rig: Rig;
const folder = tempFolder();

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const inStore = (...names: readonly string[]) => path.join(rig.store, ...names);

async function catchRefusal(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('it was not refused');
  return error;
}

test('a result has its name, type, size and SHA-256, and can be read, streamed and saved', async () => {
  const item = await start(rig.client, 'banner');
  const { result } = await item.result();
  const file = await rig.client.item('banner').download();
  const { sha256, bytes, mimeType: type } = result;
  expect(file).toMatchObject({ name: 'banner.png', key: 'banner', role: 'result', type, bytes, sha256 });
  const whole = await file.read();
  expect([whole.length, hash(whole)]).toEqual([bytes, sha256]);
  const target = path.join(folder, 'banner.png');
  writeFileSync(target, 'replaced');
  await file.save(target);
  expect(readFileSync(target)).toEqual(whole);
  expect(readdirSync(folder)).toEqual(['banner.png']);
  await file.save(path.join(folder, 'new', 'banner.png'));
  expect(readFileSync(path.join(folder, 'new', 'banner.png'))).toEqual(whole);
  rmSync(path.join(folder, 'new'), { recursive: true });
});

test('a file that is not there yet, another role, and an item that failed are refused with the reason', async () => {
  scriptFor(rig, 'open', { never: true });
  const open = await start(rig.client, 'open');
  const notYet = await catchRefusal(open.download());
  expect(notYet).toBeInstanceOf(FileMissingError);
  expect(notYet).toMatchObject({
    state: 'running',
    message: 'the item "open" has not ended and has no file "result" yet; wait for its end',
  });
  await open.cancel({ now: true });
  await (await start(rig.client, 'whole')).result();
  const role = await catchRefusal(rig.client.item('whole').download({ role: 'reslt' }));
  expect(role.message).toBe('the item "whole" has no file "reslt"; did you mean result?');
  scriptFor(rig, 'refused', { failJob: 'INPUT_INVALID', jobMs: 0 });
  const refused = await start(rig.client, 'refused');
  await catchError(refused);
  expect((await catchRefusal(refused.download())).message).toBe(
    'the item "refused" ended failed with INPUT_INVALID and has no files',
  );
  expect((await catchRefusal(rig.client.item('nothing').download())).message).toContain('there is no item "nothing"');
});

test('changed and removed bytes are no result', async () => {
  await (await start(rig.client, 'damaged')).result();
  const file = await rig.client.item('damaged').download();
  const stored = inStore('items', file.name);
  const bytes = readFileSync(stored);
  writeFileSync(stored, Buffer.from(bytes).reverse());
  expect(await catchRefusal(file.read())).toBeInstanceOf(DamagedFileError);
  const target = path.join(folder, 'damaged.png');
  expect(await catchRefusal(file.save(target))).toBeInstanceOf(DamagedFileError);
  writeFileSync(stored, bytes.subarray(1));
  expect((await catchRefusal(file.read())).message).toMatch(/has \d+ bytes; must have \d+/);
  rmSync(stored);
  expect(await catchRefusal(file.save(target))).toBeInstanceOf(NotInStore);
  expect(readdirSync(folder)).toEqual(['banner.png']);
});

test('one file of a batch, and all of them in the order of the rows', async () => {
  const asking = (number: number) => (number === 1 ? '{{INPUT_INVALID}}' : '');
  const batch = await startBatch(rig, 'spring', 3, { asking });
  await batch.result();
  const file = await batch.download(formatKey(0));
  expect(hash(await file.read())).toBe(file.sha256);
  expect((await catchRefusal(batch.download(formatKey(1)))).message).toBe(
    `the item "${formatKey(1)}" of the batch "spring" ended failed with INPUT_INVALID and has no files`,
  );
  expect(await catchRefusal(batch.download('other'))).toBeInstanceOf(InvalidRequestError);
  const keys: string[] = [];
  for await (const one of batch.files({ role: 'result' })) {
    keys.push(one.key);
    expect(hash(await one.read())).toBe(one.sha256);
  }
  expect(keys).toEqual([formatKey(0), formatKey(2)]);
});

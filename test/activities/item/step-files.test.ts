/** Files are uploaded only with the bytes that their SHA-256 names; what an item has made and lost ends the item. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createActivities, FilesystemStore } from '../../../activities';
import type { UploadInputsInput } from '../../../workflows/domain/item/activity-contract';
import { activityEnvironment, apiThat, catchFault } from '../../support/activity';
import { hashOf } from '../../support/hash-of';
import { tempFolder } from '../../support/temp-folder';

const BYTES = Buffer.from('the file that the step has made');
const OTHER = Buffer.from('another picture');
const sha256 = hashOf(BYTES);
const FILE = 'shots/shoe~base.result.png';
const PART = { batchId: 'shots', part: 0, rowsHash: 'a0' };
const INPUT = `inputs/${sha256}.png`;

let root: string;
let store: FilesystemStore;
const upload = jest.fn(async () => ({ kind: 'uploaded' as const, url: 'https://cdn.example.com/u/1.png' }));

beforeEach(async () => {
  upload.mockClear();
  root = tempFolder();
  store = new FilesystemStore(root);
  await store.batches.beginPart(PART.batchId, PART.part, 'r1', null);
  await store.inputs.keep({ sha256, extension: 'png' }, async () => ({ name: 'mine.png', bytes: BYTES }));
  const staged = { folder: 'shots', key: 'shoe', role: 'base.result', extension: 'png' };
  const staging = await store.stage(staged, 'test');
  writeFileSync(staging, BYTES);
  expect(await store.keep({ ...staged, path: staging })).toBe(path.join(root, FILE));
});

const OF_STEP: Partial<UploadInputsInput> = {
  row: { ...PART, index: 0, pageRun: 'r1' },
  request: { input_image: { step: 'base' }, scale: 2 },
  step: { id: 'large', folder: 'shots', files: { base: [{ role: 'result', file: `/gone/${FILE}`, sha256 }] } },
};
const OF_CALLER: Partial<UploadInputsInput> = { request: { input_image: `store:${INPUT}`, scale: 2 } };

function run(more: Partial<UploadInputsInput>): Promise<unknown> {
  const input = { key: 'shoe', operation: 'upscale/image' as const, deadlineAt: Date.now() + 60_000, met: {}, ...more };
  const api = { ...apiThat(jest.fn()), upload };
  return activityEnvironment().run(createActivities({ api, store }).uploadInputs, input);
}

const findUpload = () => store.uploads.read('tests', { sha256, extension: 'png' });

test.each([
  ['an earlier step', OF_STEP],
  ['a caller', OF_CALLER],
])('a file of %s is uploaded and remembered', async (_name, input) => {
  await run(input);
  expect(upload).toHaveBeenCalledTimes(1);
  expect(await findUpload()).not.toBeNull();
});

test('a file that its step has made as the last one of an earlier run is found under its own name', async () => {
  const staged = { folder: 'shots', key: 'shoe', extension: 'png' };
  const staging = await store.stage(staged, 'test');
  writeFileSync(staging, OTHER);
  const file = await store.keep({ ...staged, path: staging });
  const files = { base: [{ role: 'result', file, sha256: hashOf(OTHER) }] };
  await run({ ...OF_STEP, step: { id: 'large', folder: 'shots', files } });
  expect(upload).toHaveBeenCalledWith(expect.objectContaining({ bytes: OTHER }), expect.anything());
});

test('a file of an earlier step with other bytes ends the item and is never uploaded', async () => {
  writeFileSync(path.join(root, FILE), OTHER);
  expect(await catchFault(run(OF_STEP))).toMatchObject({
    code: 'STEP_FILE_UNUSABLE',
    origin: 'submit',
    retryable: false,
    message:
      'The file "shoe~base.result.png" of the step "base" was changed in the store: its bytes have another SHA-256.',
  });
  expect(upload).not.toHaveBeenCalled();
  expect(await findUpload()).toBeNull();
  writeFileSync(path.join(root, FILE), BYTES);
  await run(OF_STEP);
  expect(upload).toHaveBeenCalledWith(expect.objectContaining({ bytes: BYTES }), expect.anything());
});

test('a file of an earlier step that is not in the store ends the item', async () => {
  rmSync(path.join(root, FILE));
  expect(await catchFault(run(OF_STEP))).toMatchObject({
    code: 'STEP_FILE_UNUSABLE',
    retryable: false,
    message: 'The file "shoe~base.result.png" of the step "base" is not in the store; it was moved or removed.',
  });
});

test('a store that cannot be read is tried again', async () => {
  rmSync(path.join(root, 'shots'), { recursive: true });
  writeFileSync(path.join(root, 'shots'), 'a file in place of the folder');
  expect(await catchFault(run(OF_STEP))).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
});

test('a store without its folders, such as a disk that is not mounted, is tried again', async () => {
  rmSync(root, { recursive: true });
  expect(await catchFault(run(OF_STEP))).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
});

test('a step that has made no such file ends the item', async () => {
  const input = { ...OF_STEP, request: { input_image: { step: 'base', role: 'mask' }, scale: 2 } };
  expect(await catchFault(run(input))).toMatchObject({ code: 'STEP_FILE_UNUSABLE', retryable: false });
});

test('an input of a caller with other bytes is waited for, and never uploaded', async () => {
  writeFileSync(path.join(root, INPUT), OTHER);
  const fault = await catchFault(run(OF_CALLER));
  expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  expect(fault.message).toContain(`${INPUT}: it was changed: its bytes have another SHA-256; restore it`);
  expect(fault.message).not.toContain(root);
  expect([upload.mock.calls, await findUpload()]).toEqual([[], null]);
});

/** The request of an item of a batch comes from the row of its own key, or not at all. */
import { readRequest } from '../../../activities/item/load-request';
import { FilesystemStore } from '../../../activities/store';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { tempFolder } from '../../support/temp-folder';

const PART = { batchId: 'b', part: 0, rowsHash: 'a0' };

const makeRow = (key: string, prompt = `of ${key}`) => ({
  key,
  operation: 'generate/image' as const,
  request: { prompt },
});

let store: FilesystemStore;

beforeEach(async () => {
  store = new FilesystemStore(tempFolder());
  await store.batches.writePart(PART, [makeRow('a'), makeRow('b')]);
});

test('by key and place', async () => {
  expect(await readRequest({ store }, { key: 'b', row: { ...PART, index: 1, pageRun: 'r1' } })).toEqual({
    prompt: 'of b',
  });
});

test.each([
  ['of another key', 0],
  ['that is not there', 2],
])('a row %s is refused, for what is sent must be what was requested', async (_what, index) => {
  const finding = readRequest({ store }, { key: 'b', row: { ...PART, index, pageRun: 'r1' } });
  await expect(finding).rejects.toThrow(StoreUnavailable);
  await expect(finding).rejects.toThrow(`row ${index} of part 0 of "b" is not "b"`);
});

test('rows that were read before are not given out for others of the same number', async () => {
  await readRequest({ store }, { key: 'b', row: { ...PART, index: 1, pageRun: 'r1' } });
  await store.batches.writePart({ ...PART, rowsHash: 'b0' }, [makeRow('a', 'other'), makeRow('b', 'other')]);
  const other = await readRequest({ store }, { key: 'b', row: { ...PART, rowsHash: 'b0', index: 1, pageRun: 'r1' } });
  expect(other).toEqual({ prompt: 'other' });
});

test('a picture that a later step uses is asked for without losses, which its row does not say', async () => {
  const steps = [
    { id: 'base', operation: 'generate/image' as const, request: { prompt: 'a' } },
    { id: 'large', operation: 'upscale/image' as const, request: { input_image: { step: 'base' } } },
  ];
  await store.batches.writePart(PART, [{ ...makeRow('a'), request: {}, steps }]);
  const read = (id: string) =>
    readRequest({ store }, { key: 'a', row: { ...PART, index: 0, pageRun: 'r1' }, step: { id } });
  expect(await read('base')).toEqual({ prompt: 'a', output_format: 'png' });
  expect(await read('large')).toEqual({ input_image: { step: 'base' } });
});

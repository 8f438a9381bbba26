/** A step of an item is recorded in the store when its files are stored, before its activity reports them. */
import { FilesystemStore, StoreUnavailable } from '../../../activities';
import { StoreWrites } from '../../../activities/account/store-writes';
import { type Emulator, startEmulator } from '../../../emulator';
import type { AwaitHeartbeat, AwaitJobInput } from '../../../workflows/domain/item/activity-contract';
import { acceptedJob, awaitInput, REQUEST, runAwait } from '../../support/activity';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';

const PART = { batchId: 'b', part: 0, rowsHash: 'a0' };
const STEPS = ['base', 'large'].map((id) => ({ id, operation: 'generate/image' as const, request: REQUEST }));

let emulator: Emulator;
let store: FilesystemStore;

beforeEach(async () => {
  emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  store = new FilesystemStore(tempFolder());
  await store.batches.writePart(PART, [
    { key: 'item-1', operation: 'generate/image', request: {}, steps: STEPS },
    { key: 'plain', operation: 'generate/image', request: REQUEST },
  ]);
});
afterEach(() => emulator.close());

const options = () => ({ api: realApi(emulator.url, { apiKey: emulator.apiKey }), store, random: () => 0 });

async function stepInput(id = 'base'): Promise<AwaitJobInput> {
  const { request: _inTheStore, ...input } = awaitInput(await acceptedJob(options()));
  const step = id === 'large' ? { id, isLast: true as const } : { id };
  return { ...input, folder: 'batches/b/items', row: { ...PART, index: 0, pageRun: 'run' }, step };
}

const readSteps = async (key = 'item-1', ids = ['base', 'large']) =>
  (await store.batches.readSteps('b', 0, [{ key, ids }])).get(key) ?? [];

test.each(['base', 'large'])('the step "%s": with its job, its files and their charge', async (id) => {
  const input = await stepInput(id);
  const { result, charge } = await runAwait(options(), input).result;
  expect(await readSteps('item-1', [id])).toEqual([
    { key: 'item-1', id, jobId: input.job.jobId, files: [{ role: 'result', ...result }], charge },
  ]);
});

test('not the only step of an item, which is in its outcome', async () => {
  const { request: _inTheStore, ...input } = awaitInput(await acceptedJob(options()));
  const recordStep = jest.spyOn(store.batches, 'recordStep');
  await runAwait(options(), { ...input, key: 'plain', row: { ...PART, index: 1, pageRun: 'run' } }).result;
  expect(recordStep).not.toHaveBeenCalled();
});

test('an activity reports nothing before, and names the file, so that it is downloaded once', async () => {
  const recordStep = jest.spyOn(store.batches, 'recordStep');
  recordStep.mockRejectedValueOnce(new StoreUnavailable('no space left'));
  const run = runAwait(options(), await stepInput());
  const { result } = await run.result;
  const [before] = (run.heartbeats as readonly AwaitHeartbeat[]).filter(({ files }) => files !== undefined);
  expect(before?.files).toEqual([{ role: 'result', ...result }]);
  expect(await readSteps()).toMatchObject([{ id: 'base', files: [{ file: result.file }] }]);
  expect(emulator.ledger().jobs).toMatchObject([{ downloads: 1 }]);
});

test('an attempt after one whose result was lost reports the files that are recorded', async () => {
  const input = await stepInput();
  const first = await runAwait(options(), input).result;
  const [recorded] = await readSteps();
  jest.spyOn(store, 'keep').mockResolvedValue('/store/other.png');
  expect(await runAwait(options(), input, { attempt: 2 }).result).toEqual(first);
  expect(await readSteps()).toEqual([recorded]);
});

test('a store that cannot record holds the account, until it does', async () => {
  const storeWrites = new StoreWrites();
  const failure = jest.spyOn(storeWrites, 'recordFailure');
  const success = jest.spyOn(storeWrites, 'recordSuccess');
  const recordStep = jest.spyOn(store.batches, 'recordStep');
  for (let failed = 0; failed < 3; failed += 1) recordStep.mockRejectedValueOnce(new StoreUnavailable('no space left'));
  await runAwait({ ...options(), storeWrites }, { ...(await stepInput()), storeAccount: 'default' }).result;
  expect(failure.mock.results.map(({ value }) => value)).toEqual([null, null, { problem: 'no space left' }]);
  expect(success.mock.results.at(-1)?.value).toEqual(['default']);
});

/** Samples of batches: some items first, the rest with the same rows later, each paid once. */
import { type BatchHandle, BatchRefusedError } from '../../client';
import { batchSchema } from '../../gateway/api/answers';
import { BatchCli } from '../cli/batch-cli';
import { type Rig, startRig } from '../support/rig';
import { expectPaidOnce, keysOf, makeRows } from './sample-rows';

let rig: Rig;
let cli: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  cli = new BatchCli(rig);
});
afterAll(() => rig.close());

async function readKeys(batch: BatchHandle) {
  const ended: string[] = [];
  let left: readonly unknown[] = [];
  const onOpen = (...counts: readonly unknown[]) => {
    left = counts;
  };
  for await (const { key, outcome } of batch.results({ onOpen })) ended.push(`${key} ${outcome}`);
  return { ended, left };
}

test('a sample runs under the id of the whole; a larger one adds, and the rest follows', async () => {
  const id = 'whole';
  const rows = makeRows(id, 20);
  const sample = await rig.client.startBatch({ id, rows, sample: 4, maxFailures: 3 });
  expect(sample).toMatchObject({ id, alreadyStarted: false });
  const first = await sample.result();
  expect(batchSchema.parse(first).counts).toMatchObject({ succeeded: 4, total: 4, notStarted: 16, waiting: 0 });
  expect(await readKeys(sample)).toEqual({
    ended: ['k0 succeeded', 'k4 succeeded', 'k12 succeeded', 'k17 succeeded'],
    left: [0, 'ended', 16],
  });

  const again = await rig.client.startBatch({ id, rows, sample: 4 });
  expect(again.alreadyStarted).toBe(true);
  expectPaidOnce(rig, id, 4);
  expect((await rig.client.startBatch({ id, rows, sample: 2 })).alreadyStarted).toBe(true);

  expect((await rig.client.startBatch({ id, rows, sample: 7 })).alreadyStarted).toBe(false);
  expect((await sample.result()).counts).toMatchObject({ succeeded: 7, total: 7, notStarted: 13 });
  expectPaidOnce(rig, id, 7);

  expect((await rig.client.startBatch({ id, rows })).alreadyStarted).toBe(false);
  const last = await sample.result();
  expect(last.counts).toEqual({ ...first.counts, succeeded: 20, total: 20, notStarted: undefined });
  expectPaidOnce(rig, id, 20);
  expect((await readKeys(sample)).ended).toEqual(keysOf(20).map((key) => `${key} succeeded`));
  expect((await rig.client.startBatch({ id, rows })).alreadyStarted).toBe(true);
  expect((await rig.client.startBatch({ id, rows, sample: 3 })).alreadyStarted).toBe(true);
  await expect(rig.client.startBatch({ id, rows: rows.slice(1) })).rejects.toThrow('1 row is gone (k0)');
  await expect(rig.client.storeBatch({ id, rows })).rejects.toThrow(BatchRefusedError);
});

test('the commands say what is not started yet', async () => {
  const id = 'said';
  const lines = makeRows(id, 8).map((row) => JSON.stringify(row));
  const file = cli.write('said.jsonl', lines.join('\n'));
  const { stderr } = await cli.toEnd('batch', id, file, '--sample', '3');
  expect(stderr).toContain('started said: 8 items, 5 of them not started yet\n');
  expect((await cli.run('status', id)).stdout).toContain('3 succeeded, 5 not started yet');
  const results = await cli.run('results', id);
  expect(results.stdout.trim().split('\n')).toHaveLength(3);
  expect(results.stderr).toBe('5 rows of the batch are not started yet; "batch" without --sample starts them\n');
  expect((await cli.run('download', id, '--to', 'out')).stderr).toMatch(/^copied 3 files to [^\n]*\n$/);
  expect((await cli.run('redrive', id)).stderr).toContain('no item of said to rerun');
  const followed = await cli.run('batch', file, '--id', id);
  expect(followed).toMatchObject({ code: 0, stderr: expect.stringContaining('started said: 8 items\n') });
  expect((await cli.run('results', id)).stderr).toBe('');
  const bad = await cli.run('batch', file, '--id', id, '--sample', 'ten', '--add');
  expect(bad).toMatchObject({ code: 2, stderr: expect.stringMatching(/--sample is "ten"; must be a whole number/) });
  expect(bad.stderr).toContain('leave out --sample');
});

/**
 * Batches that began under an older version must continue under this one: kept histories, one event a line, replay against
 * today's workflows. To record them anew: `RECORD_HISTORIES=1 npx jest test/batch/replay`
 */
import path from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { KeptHistories } from '../support/kept-histories';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { inFlight, startBatch } from './batch-fixtures';

const HISTORIES = new KeptHistories(path.join(__dirname, 'histories'));
const OPTIONS = { concurrency: 3, pageSize: 3 };

/** Each makes a batch of that name live in another way. */
const RECORDINGS: Readonly<Record<string, (rig: Rig, id: string) => Promise<void>>> = {
  'paused-and-resumed': async (rig, id) => {
    const asking = (number: number) => ['', '{{INPUT_INVALID}}', '{{MODEL_ERROR x1}}'][number] ?? '';
    const batch = await startBatch(rig, id, 6, { ...OPTIONS, asking });
    await until('jobs are in flight', () => inFlight(rig, id) > 0);
    await batch.pause('for the record');
    await batch.set({ concurrency: 2 });
    await batch.resume();
    await batch.result();
  },
  cancelled: async (rig, id) => {
    const batch = await startBatch(rig, id, 9, OPTIONS);
    await until('jobs are in flight', () => inFlight(rig, id) > 0);
    await batch.cancel();
    await batch.result();
  },
  'with-a-dead-page': async (rig, id) => {
    const batch = await startBatch(rig, id, 6, OPTIONS);
    await until('jobs are in flight', () => inFlight(rig, id) > 0);
    await rig.client.temporal.workflow.getHandle(`${id}/page-000000`).terminate();
    await batch.result();
  },
  'workflow-per-image': async (rig, id) => {
    await (await startBatch(rig, id, 2, { ...OPTIONS, workflowPerImage: true })).result();
  },
};

/** The coordinator's history and that of its first page. */
const FILES = Object.keys(RECORDINGS).flatMap((id) => [`${id}.jsonl`, `${id}.page.jsonl`]);

beforeAll(() => HISTORIES.prepare(record), 120_000);

async function record(): Promise<void> {
  const rig = await startRig({ emulator: { jobTime: { medianMs: 300, sigma: 0 } } });
  try {
    for (const [id, live] of Object.entries(RECORDINGS)) {
      await live(rig, id);
      await HISTORIES.keep(rig, id, `${id}.jsonl`);
      await HISTORIES.keep(rig, `${id}/page-000000`, `${id}.page.jsonl`);
    }
  } finally {
    await rig.close();
  }
}

function replay(file: string, change?: (text: string) => string): Promise<void> {
  const workflowId = file.replace('.page.jsonl', '/page-000000').replace('.jsonl', '');
  return HISTORIES.replay(file, workflowId, change);
}

test('there is a kept history of a batch for every recording, and a recording for every one', () => {
  expect(HISTORIES.names()).toEqual([...FILES].sort());
});

test.each(FILES)('the batch history %s replays against the workflows of today', async (file) => {
  await replay(file);
});

test.each(FILES)('the batch history %s keeps the flags of the SDK, without which replaying proves nothing', (file) => {
  expect(HISTORIES.flagsOf(file).length).toBeGreaterThan(0);
});

test.each(FILES)('the batch history %s sends the governor one report at a time', (file) => {
  const tasks = HISTORIES.listTasksThatSent(file, 'holderReport');
  expect(tasks).toEqual([...new Set(tasks)]);
});

test.each([
  ['paused-and-resumed.jsonl', 'imagePipelinePage'],
  ['paused-and-resumed.page.jsonl', 'submitJob'],
])('the batch history %s is refused if it did something else than %s', async (file, step) => {
  const other = (text: string) => text.replaceAll(`"name":"${step}"`, '"name":"somethingElse"');
  await expect(replay(file, other)).rejects.toThrow(DeterminismViolationError);
});

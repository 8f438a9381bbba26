/**
 * Batches that began under an older version must continue under this one: kept histories, one event a line, replay against
 * today's workflows. To record them anew: `RECORD_HISTORIES=1 npx jest test/batch/replay`
 */
import path from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { fetchFirstRun } from '../support/history';
import { KeptHistories } from '../support/kept-histories';
import { startRig } from '../support/rig';
import { listKept, RECORDINGS } from './recorded-batches';

const HISTORIES = new KeptHistories(path.join(__dirname, 'histories'));
const KEPT = new Map(Object.keys(RECORDINGS).flatMap((id) => listKept(id).map((kept) => [kept.file, kept] as const)));
const FILES = [...KEPT.keys()];

beforeAll(() => HISTORIES.prepare(record), 120_000);

/** Together in one rig, or in one whose workflows continue as new. */
async function record(): Promise<void> {
  for (const howFew of new Set(Object.values(RECORDINGS).map(({ fewEvents }) => fewEvents))) {
    const emulator = { jobTime: { medianMs: 300, sigma: 0 } };
    const rig = await startRig({ emulator, ...(howFew === undefined ? {} : { fewEvents: howFew }) });
    try {
      for (const [id, { live, fewEvents }] of Object.entries(RECORDINGS)) {
        if (fewEvents !== howFew) continue;
        await live(rig, id);
        for (const { file, workflowId, isFirst } of listKept(id)) {
          const workflow = rig.client.temporal.workflow.getHandle(workflowId);
          await HISTORIES.keep(rig, workflowId, file, isFirst === true ? await fetchFirstRun(workflow) : undefined);
        }
      }
    } finally {
      await rig.close();
    }
  }
}

function replay(file: string, change?: (text: string) => string): Promise<void> {
  return HISTORIES.replay(file, KEPT.get(file)?.workflowId ?? '', change);
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
  ['steps-redriven.page.jsonl', 'uploadInputs'],
  ['steps-redriven.redriven.page.jsonl', 'uploadInputs'],
  ['steps-continued.first.page.jsonl', 'uploadInputs'],
])('the batch history %s is refused if it did something else than %s', async (file, step) => {
  const other = (text: string) => text.replaceAll(`"name":"${step}"`, '"name":"somethingElse"');
  await expect(replay(file, other)).rejects.toThrow(DeterminismViolationError);
});

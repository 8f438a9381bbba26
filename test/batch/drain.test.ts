/** A page that is about to continue as new gives out no permits: an item that would need one again does not keep it waiting. */
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { pageGrantSignal } from '../../workflows/messages';
import { Gate } from '../support/gate';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { formatKey, jobsByKey, listResults, pickCounts, scriptFor, startBatch } from './batch-fixtures';

let rig: Rig;
/** By the prompt of a submission, what keeps back its answer. */
const answers = new Map<string, Gate>();

beforeAll(async () => {
  rig = await startRig({
    fewEvents: 'fewest',
    api: (real) => ({
      ...real,
      submit: async (operation, request) => {
        const verdict = await real.submit(operation, request);
        const gate = [...answers].find(([words]) => String(request['prompt']).includes(words))?.[1];
        await gate?.pass();
        return verdict;
      },
    }),
  });
});
afterAll(async () => {
  for (const gate of answers.values()) gate.open();
  await rig.close();
});

async function drainWithLostAnswer(id: string, duplicates: number) {
  const lost = new Gate();
  answers.set(`${formatKey(0)} for the batch ${id}.`, lost);
  scriptFor(rig, id, formatKey(0), { fault: 'reset-after-accept', on: 'submit' }, 1);
  const budget = { submissions: null, cost: null, duplicates };
  const batch = await startBatch(rig, id, 2, { concurrency: 2, budget });
  const page = rig.client.temporal.workflow.getHandle(pageWorkflowId(id, 0));
  await until('the other item has ended', async () => (await batch.status()).counts.succeeded === 1);
  const { runId } = await page.describe();
  // The page has had its few events long ago: it gives out no permit before it has continued as new.
  await until('the answer is kept back', () => lost.arrived > 0);
  return { batch, page, runId, lost };
}

test('an item whose lost answer may be repeated waits for its permit in the next run, and succeeds', async () => {
  const id = 'drain-lost';
  const { batch, page, runId, lost } = await drainWithLostAnswer(id, 5);
  lost.open();
  const last = await batch.result();
  expect((await page.describe()).runId).not.toBe(runId);
  expect(pickCounts(last)).toEqual({ succeeded: 2 });
  expect(last.possibleDuplicates).toBe(1);
  const jobs = jobsByKey(rig, id);
  expect([0, 1].map((item) => jobs.get(formatKey(item))?.length)).toEqual([2, 1]);
});

/** Grants that the page of a batch has been sent. */
async function countGrants(id: string): Promise<number> {
  const { events } = await rig.client.temporal.workflow.getHandle(pageWorkflowId(id, 0)).fetchHistory();
  const signals = (events ?? []).map((event) => event.workflowExecutionSignaledEventAttributes?.signalName);
  return signals.filter((name) => name === pageGrantSignal.name).length;
}

test('cancelled instead, it is unknown: its first submission may have been accepted', async () => {
  const id = 'drain-cancelled';
  const { batch, lost } = await drainWithLostAnswer(id, 5);
  const before = await countGrants(id);
  await batch.pause();
  await until('its page was told', async () => (await countGrants(id)) > before);
  lost.open();
  await until('it waits', async () => (await batch.status()).counts.waiting === 1);
  await batch.cancel();
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: 1, unknown: 1 });
  expect((await listResults(rig, id))[0]).toMatchObject({
    outcome: 'unknown',
    code: 'SUBMIT_OUTCOME_UNKNOWN',
    submissions: [{ jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN' }],
  });
});

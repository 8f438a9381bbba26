/** What Temporal UI shows of a batch: each timer and activity with a summary, the rows of a page, what a redrive runs. */
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { COUNTS_MEMO, STATE_MEMO } from '../../workflows/messages';
import { BatchCli } from '../cli/batch-cli';
import { type Rig, startRig } from '../support/rig';
import { scriptFor, startBatch } from './batch-fixtures';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const openHandle = (workflowId: string) => rig.client.temporal.workflow.getHandle(workflowId);
const fetchSummary = async (workflowId: string) => (await openHandle(workflowId).describe()).staticSummary();

/** Names of what was scheduled without a summary. */
async function unexplained(workflowId: string): Promise<readonly string[]> {
  const { events } = await openHandle(workflowId).fetchHistory();
  const explained = (events ?? []).filter(
    (event) =>
      event.activityTaskScheduledEventAttributes ||
      event.timerStartedEventAttributes ||
      event.startChildWorkflowExecutionInitiatedEventAttributes,
  );
  expect(explained.length).toBeGreaterThan(0);
  const names = explained
    .filter(({ userMetadata }) => !userMetadata?.summary)
    .map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? `event ${event.eventId}`);
  return [...new Set(names)];
}

test('every activity, timer and page of a batch, and of the governor, has a summary', async () => {
  const id = 'explained';
  scriptFor(rig, id, null, { failJob: 'MODEL_ERROR', jobMs: 0 }, 1);
  const batch = await startBatch(rig, id, 7, { pageSize: 3, deadlineMs: 3_600_000 });
  expect(await batch.result()).toMatchObject({ counts: { succeeded: 7 } });
  const workflows = [id, pageWorkflowId(id, 0), pageWorkflowId(id, 2), governorWorkflowId('default')];
  for (const workflowId of workflows)
    expect({ workflowId, without: await unexplained(workflowId) }).toEqual({ workflowId, without: [] });
  expect(await fetchSummary(pageWorkflowId(id, 0))).toBe('rows 1–3');
  expect(await fetchSummary(pageWorkflowId(id, 2))).toBe('rows 7–7');
  const { memo } = await openHandle(id).describe();
  expect(memo).toMatchObject({
    [STATE_MEMO]: 'completed',
    [COUNTS_MEMO]: { total: 7, succeeded: 7, failed: 0, waiting: 0, running: 0 },
  });
});

test('a redrive says what it selected', async () => {
  const id = 'selected';
  const batchCli = new BatchCli(rig);
  await batchCli.toEnd(
    'batch',
    id,
    batchCli.writeRows(id, { a: '', b: '{{INPUT_INVALID x1}}', c: '{{INPUT_INVALID x1}}' }),
  );
  expect(await fetchSummary(id)).toBe('3 items');
  await batchCli.toEnd('redrive', id, '--outcome', 'failed', '--code', 'INPUT_INVALID');
  expect(await fetchSummary(id)).toBe('2 items run again: failed · codes INPUT_INVALID');
  expect(await fetchSummary(pageWorkflowId(id, 1))).toBe('rows 1–2 of the redrive');
});

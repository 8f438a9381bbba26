/** Pages of items of three steps that an operator terminates or resets: what is finished is not paid again. */
import { randomUUID } from 'node:crypto';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { BatchCli } from '../cli/batch-cli';
import { readHistory } from '../support/history';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { pickCounts } from './batch-fixtures';
import { describeSteps, StepItems } from './steps-fixtures';

/** Longer than a test. */
const ENDLESS_JOB_MS = 600_000;

let rig: Rig;
let cli: BatchCli;
let items: StepItems;

beforeAll(async () => {
  rig = await startRig();
  cli = new BatchCli(rig);
  items = new StepItems(rig, cli);
});
afterAll(() => rig.close());

const getPage = (id: string) => rig.client.temporal.workflow.getHandle(pageWorkflowId(id, 0));
const script = (key: string, step: string, then: Parameters<typeof rig.emulator.script>[0]['then']) =>
  rig.emulator.script({ times: 1, match: { promptIncludes: `${key} at ${step}.` }, then });

/** Its item is in its second step, whose job runs. */
async function startSecondStep(id: string): Promise<void> {
  script(id, 'edited', { jobMs: ENDLESS_JOB_MS });
  await items.start(id, [id]);
  // So Temporal has it.
  await until('the second job is read', () => (items.jobsOf(id, 'edited')[0]?.statusReads ?? 0) > 0);
}

/** Repeats its page from the end of its first workflow task. */
async function resetPage(id: string): Promise<void> {
  const { events } = await readHistory(rig, pageWorkflowId(id, 0));
  const ends = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await getPage(id).describe();
  await rig.client.temporal.workflowService.resetWorkflowExecution({
    namespace: rig.server.namespace,
    workflowExecution: { workflowId: pageWorkflowId(id, 0), runId },
    reason: 'by an operator',
    requestId: randomUUID(),
    workflowTaskFinishEventId: ends[0]?.eventId ?? null,
  });
}

describe.each<[string, string, (id: string) => Promise<unknown>]>([
  ['terminated', 'terminated', (id) => getPage(id).terminate('by an operator')],
  [
    'terminated, as is its batch',
    'both',
    async (id) => {
      await rig.client.temporal.workflow.getHandle(id).terminate('by an operator');
      await getPage(id).terminate('by an operator');
    },
  ],
  ['reset to its beginning', 'reset', (id) => resetPage(id)],
])('a page that is %s in the second step of its item', (_how, id, end) => {
  beforeAll(async () => {
    await startSecondStep(id);
    await end(id);
    await until('the batch has ended', async () => (await rig.client.batch(id).status()).counts.unknown === 1);
  });

  test('leaves that step alone in doubt, in the results and in the status', async () => {
    const [line] = await cli.lines(id);
    expect(line).toMatchObject({ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', submissions: [{ step: 'base' }] });
    expect(describeSteps(line)).toEqual(['base succeeded 1', 'edited unknown 0']);
    const status = await rig.client.batch(id).status();
    expect(status.steps).toEqual({ base: { succeeded: 1 }, edited: { unknown: 1 } });
  });

  test('and only that step is paid again, when that is allowed', async () => {
    expect((await cli.run('redrive', id)).stderr).toContain('no item of');
    const { status } = await cli.toEnd('redrive', id, '--allow-unknown', '--yes');
    expect(pickCounts(status)).toEqual({ succeeded: 1 });
    expect(items.countJobs(id)).toEqual([1, 2, 1]);
    expect(status).toMatchObject({ possibleDuplicates: 1 });
  });
});

test('a job of a later step that its worker could not report is fetched, and nothing is paid twice', async () => {
  const id = 'unreported';
  script(id, 'edited', { on: 'submit', delayMs: 2_000 });
  await items.start(id, [id]);
  const edited = `${id} at edited.`;
  await until('its second request is sent', () =>
    rig.emulator.ledger().posts.some(({ prompt }) => prompt.startsWith(edited)),
  );
  await rig.client.temporal.workflow.getHandle(id).terminate('by an operator');
  await getPage(id).terminate('by an operator');
  await until('its job is known', async () => {
    const { stderr } = await cli.run('redrive', id, '--dry-run');
    return stderr.includes('would redrive 1 item');
  });
  const { status } = await cli.toEnd('redrive', id, '--yes');
  expect(pickCounts(status)).toEqual({ succeeded: 1 });
  expect(items.countJobs(id)).toEqual([1, 1, 1]);
  expect(status).toMatchObject({ submissions: 3, possibleDuplicates: 0 });
});

/** Items of three steps whose pages or batches are terminated, reset, cancelled or held: no finished step is paid again. */
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

/** Its item is in its second step, whose job Temporal knows. */
async function startSecondStep(id: string, jobMs = ENDLESS_JOB_MS): Promise<void> {
  script(id, 'edited', { jobMs });
  await items.start(id, [id]);
  await until('the second job is followed', async () => {
    if (items.jobsOf(id, 'edited').length === 0) return false;
    const { raw } = await getPage(id).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'awaitJob');
  });
}

/** Repeats its page from the end of its first or of its newest workflow task. */
async function resetPage(id: string, to: 'first' | 'newest'): Promise<void> {
  const { events } = await readHistory(rig, pageWorkflowId(id, 0));
  const ends = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await getPage(id).describe();
  await rig.client.temporal.workflowService.resetWorkflowExecution({
    namespace: rig.server.namespace,
    workflowExecution: { workflowId: pageWorkflowId(id, 0), runId },
    reason: 'by an operator',
    requestId: randomUUID(),
    workflowTaskFinishEventId: ends.at(to === 'first' ? 0 : -1)?.eventId ?? null,
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
  ['reset to its beginning', 'reset', (id) => resetPage(id, 'first')],
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

test('a page that is reset in the middle of a chain finishes the step whose job it knows, and submits nothing', async () => {
  const id = 'middle';
  await startSecondStep(id, 5_000);
  await resetPage(id, 'newest');
  expect(pickCounts(await rig.client.batch(id).result())).toEqual({ unknown: 1 });
  expect(describeSteps((await cli.lines(id))[0])).toEqual([
    'base succeeded 1',
    'edited succeeded 1',
    'large unknown 0',
  ]);
  const { status } = await cli.toEnd('redrive', id, '--allow-unknown', '--yes');
  expect(pickCounts(status)).toEqual({ succeeded: 1 });
  expect(items.countJobs(id)).toEqual([1, 1, 1]);
});

test.each([
  ['edited', 'redrive'],
  ['large', 'rescue'],
])('a job of the step "%s" that its worker could not report is fetched by %s', async (step, command) => {
  const id = `unreported-${step}`;
  script(id, step, { on: 'submit', delayMs: 3_000 });
  await items.start(id, [id]);
  const isSent = () => rig.emulator.ledger().posts.some(({ prompt }) => prompt.startsWith(`${id} at ${step}.`));
  await until('its request is sent', isSent);
  await rig.client.temporal.workflow.getHandle(id).terminate('by an operator');
  await getPage(id).terminate('by an operator');
  await until('its job is known', async () => (await cli.lines(id))[0]?.submissions.some((one) => one.step === step));
  expect((await cli.run('redrive', id, '--from-step', 'base', '--dry-run')).stderr).toContain('no item of');
  expect((await cli.run('redrive', id, '--dry-run')).stderr).toContain('would redrive 1 item');
  if (command === 'redrive') await cli.run('redrive', id, '--yes', '--detach');
  else await cli.run('rescue', '--batch', id);
  const status = await rig.client.batch(id).result();
  expect(pickCounts(status)).toEqual({ succeeded: 1 });
  expect(items.countJobs(id)).toEqual([1, 1, 1]);
  expect(status).toMatchObject({ submissions: 3, possibleDuplicates: 0 });
});

describe('items of a redrive that ends before it began count as before, in the status, the results and the next redrive', () => {
  const id = 'agree';
  const bad = { bad: '{{INPUT_INVALID}}' };

  beforeAll(async () => {
    const rows = items.writeRows(id, ['good', 'bad-1', 'bad-2'], (index) => (index === 0 ? {} : bad));
    await cli.toEnd('batch', id, rows, '--recipe', 'recipe.yaml');
  });

  test.each<[string, () => Promise<unknown>]>([
    ['if it is terminated', () => rig.client.temporal.workflow.getHandle(id).terminate('by an operator')],
    ['if it is cancelled', () => cli.run('cancel', id)],
  ])('%s', async (_how, end) => {
    const { counts, failures, steps } = await rig.client.batch(id).status();
    expect([counts.failed, failures]).toEqual([2, { INPUT_INVALID: 2 }]);
    const lines = await cli.lines(id);
    await cli.run('account', 'hold', 'for a test');
    await cli.run('redrive', id, '--yes', '--detach');
    await end();
    const after = await rig.client.batch(id).result();
    await cli.run('account', 'resume');
    expect(after).toMatchObject({ counts, failures, steps });
    expect(await cli.lines(id)).toEqual(lines);
    expect((await cli.run('redrive', id, '--dry-run')).stderr).toContain('would redrive 2 items');
  });
});

test('an item that is cancelled in its second step keeps both files, and is continued', async () => {
  const id = 'cut';
  await startSecondStep(id, 3_000);
  await cli.run('cancel', id);
  await rig.client.batch(id).result();
  expect(describeSteps((await cli.lines(id))[0])).toEqual([
    'base succeeded 1',
    'edited succeeded 1',
    'large cancelled 0',
  ]);
  const { status } = await cli.toEnd('redrive', id, '--yes');
  expect(pickCounts(status)).toEqual({ succeeded: 1 });
  expect(items.countJobs(id)).toEqual([1, 1, 1]);
});

test('an item that a hold, or too many failures, stop between two steps is continued', async () => {
  const id = 'stopped';
  script('slow', 'base', { jobMs: 3_000 });
  const rows = items.writeRows(id, ['slow', 'bad'], (index) => (index === 1 ? { bad: '{{INPUT_INVALID}}' } : {}));
  await cli.run('batch', rows, '--recipe', 'recipe.yaml', '--id', id, '--detach', '--max-failures', '0');
  const batch = rig.client.batch(id);
  await until('it is paused', async () => (await batch.status()).pausedBy === 'failures');
  await cli.run('account', 'hold', 'for a test');
  await batch.resume();
  await until('the first step is finished', async () => (await batch.status()).steps?.['base']?.['succeeded'] === 2);
  expect(items.countJobs('slow')).toEqual([1, 0, 0]);
  await cli.run('account', 'resume');
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 1, failed: 1 });
  expect(items.countJobs('slow')).toEqual([1, 1, 1]);
});

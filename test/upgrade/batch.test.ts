/**
 * A new release takes over in the middle of a batch, in both ways that docs/upgrades.md describes. The old release is a copy
 * of this build whose workflow bundle differs in a text: what is tried is the change of releases, not a change of workflows,
 * which is what the replay of kept histories is for.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { DEFAULT_ACCOUNT, governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { accepted, jobsByKey, listResults, startBatch } from '../batch/batch-fixtures';
import { BatchCli } from '../cli/batch-cli';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { MARK, makeCurrent, makeOldRelease, type ReleasedWorker, startRelease, versioned } from './releases';

const ITEMS = 30;
const PAGE = 6;
const PAGES = Array.from({ length: ITEMS / PAGE }, (_, part) => part);
const GOVERNOR = governorWorkflowId(DEFAULT_ACCOUNT);

const CAUSES = temporal.api.enums.v1.WorkflowTaskFailedCause;
/** A message came while a task was in progress, which is then done once more. */
const HARMLESS = CAUSES.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;

let rig: Rig;
let oldRelease: string;

beforeAll(async () => {
  oldRelease = makeOldRelease();
  rig = await startRig({ worker: false, emulator: { jobTime: { medianMs: 1_000, sigma: 0 } } });
});
afterAll(() => rig?.close());

/** With two pages open at a time, so that some are opened after the change. */
const start = (id: string) => startBatch(rig, id, ITEMS, { concurrency: PAGE, pageSize: PAGE });

async function expectHandedOver(workflowId: string, before: ReleasedWorker, after: ReleasedWorker): Promise<void> {
  const carriers = (await fetchTurns(workflowId)).map(({ identity }) => identity);
  expect(carriers.some((who) => before.identity.test(who))).toBe(true);
  expect(carriers.at(-1)).toMatch(after.identity);
}

/** However long a process takes to start, the batch is in its middle until it is hurried on. */
async function untilUnderWay(id: string): Promise<void> {
  await until('some pages have begun', () => accepted(rig, id) > PAGE);
  await rig.client.batch(id).set({ concurrency: 1 });
}

const hurryOn = (id: string) => rig.client.batch(id).set({ concurrency: PAGE });

async function fetchEvents(workflowId: string): Promise<readonly temporal.api.history.v1.IHistoryEvent[]> {
  try {
    const handle = rig.client.temporal.workflow.getHandle(workflowId);
    // Fetching alone would not tell a workflow that is not there from any other failure.
    await handle.describe();
    return (await handle.fetchHistory()).events ?? [];
  } catch (error) {
    // A page that has not been opened yet.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

interface Turn {
  readonly identity: string;
  readonly at: number;
}

/** Who carried a workflow on and when, in order. */
async function fetchTurns(workflowId: string): Promise<readonly Turn[]> {
  const events = await fetchEvents(workflowId);
  return events.flatMap(({ eventTime, workflowTaskCompletedEventAttributes: done }) =>
    done ? { identity: done.identity ?? '', at: tsToMs(eventTime) } : [],
  );
}

async function fetchSummary(id: string, part: number): Promise<string | undefined> {
  const handle = rig.client.temporal.workflow.getHandle(pageWorkflowId(id, part));
  return (await handle.describe()).staticSummary();
}

/** Workflow tasks of a batch and of the governor that failed; a history that does not fit the code is one of the causes. */
async function fetchFailures(id: string): Promise<readonly string[]> {
  const ids = [id, GOVERNOR, ...PAGES.map((part) => pageWorkflowId(id, part))];
  const events = (await Promise.all(ids.map(fetchEvents))).flat();
  const causes = events.flatMap(({ workflowTaskFailedEventAttributes: failed }) => failed?.cause ?? []);
  return causes.filter((cause) => cause !== HARMLESS).map((cause) => CAUSES[cause]);
}

/** A task that fails is tried again for ever, so that the batch would not end. */
async function untilEnded(id: string): Promise<void> {
  const handle = rig.client.temporal.workflow.getHandle(id);
  await until(`${id} has ended`, async () => {
    expect(await fetchFailures(id)).toEqual([]);
    return (await handle.describe()).status.name === 'COMPLETED';
  });
}

async function expectNothingLost(id: string): Promise<void> {
  await untilEnded(id);
  const outcomes = (await listResults(rig, id)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(Array(ITEMS).fill('succeeded'));
  const jobs = [...jobsByKey(rig, id).values()];
  expect({ keys: jobs.length, jobs: jobs.flat().length }).toEqual({ keys: ITEMS, jobs: ITEMS });
}

test('the next worker carries on what the one before it has begun, without versioning', async () => {
  const before = await startRelease(rig, oldRelease);
  await start('rolling');
  await untilUnderWay('rolling');
  const after = await startRelease(rig);
  expect(await before.stop()).toBe(0);
  expect(accepted(rig, 'rolling')).toBeLessThan(ITEMS);
  await hurryOn('rolling');
  await expectNothingLost('rolling');

  const summaries = await Promise.all(PAGES.map((part) => fetchSummary('rolling', part)));
  expect(summaries[0]).toContain(MARK);
  expect(summaries.at(-1)).not.toContain(MARK);
  for (const id of ['rolling', GOVERNOR]) await expectHandedOver(id, before, after);
  expect(await after.stop()).toBe(0);
});

const STEPS = ['base', 'edited', 'large'] as const;
const RECIPE = `
steps:
  - id: base
    operation: generate/image
    fields: { prompt: "{{key}} at base.", width: 32, height: 32 }
  - id: edited
    operation: edit/image
    fields: { prompt: "{{key}} at edited.", input_image: "{{steps.base}}" }
  - id: large
    operation: background/change/image
    fields: { prompt: "{{key}} at large.", input_image: "{{steps.edited}}" }
`;

/** While it runs, its batch is paused. */
const LONG_JOB_MS = 4_000;

test('the next worker continues items between two steps and within one, and pays no step again', async () => {
  const { emulator, client, store } = rig;
  const keys = ['within', 'between'];
  const jobsOf = (key: string, step: string) =>
    emulator.ledger().jobs.filter(({ prompt }) => prompt.startsWith(`${key} at ${step}.`));
  emulator.script({ times: 1, match: { promptIncludes: 'within at edited.' }, then: { fault: 'hang', on: 'status' } });
  emulator.script({ match: { promptIncludes: 'between at base.' }, then: { jobMs: LONG_JOB_MS } });
  const before = await startRelease(rig, oldRelease);
  const cli = new BatchCli(rig);
  const recipe = cli.write('steps.yaml', RECIPE);
  for (const key of keys) {
    const rows = cli.write(`${key}.csv`, `key,note\n${key},x\n`);
    await cli.run('batch', rows, '--recipe', recipe, '--id', key, '--detach');
  }
  await until('the first job of one item is accepted', () => jobsOf('between', 'base').length === 1);
  await client.batch('between').pause('for the upgrade');
  const stored = path.join(store, 'batches', 'between', 'items', 'between~base.result.png');
  await until('its file is stored', () => existsSync(stored));
  await until('the other one is in its second step', () => emulator.ledger().faults['status:hang'] === 1);
  const after = await startRelease(rig);
  expect(await before.stop()).toBe(0);
  expect(keys.map((key) => jobsOf(key, 'edited').length)).toEqual([1, 0]);
  await client.batch('between').resume();
  for (const key of keys) await untilEnded(key);

  for (const key of keys) {
    for (const workflowId of [key, pageWorkflowId(key, 0)]) await expectHandedOver(workflowId, before, after);
    expect(await cli.lines(key)).toMatchObject([{ outcome: 'succeeded', submissions: [{}, {}, {}] }]);
    expect(STEPS.map((step) => jobsOf(key, step).length)).toEqual([1, 1, 1]);
  }
  expect(await after.stop()).toBe(0);
});

test('a version gets nothing until it is made current, then everything, and the one before it may go', async () => {
  const before = await startRelease(rig, oldRelease, versioned('1'));
  await makeCurrent(rig, '1');
  await start('versioned');
  const after = await startRelease(rig, undefined, versioned('2'));
  await untilUnderWay('versioned');
  const changedAt = Date.now();
  await makeCurrent(rig, '2');
  expect(await before.stop()).toBe(0);
  expect(accepted(rig, 'versioned')).toBeLessThan(ITEMS);
  await hurryOn('versioned');
  await expectNothingLost('versioned');

  for (const id of ['versioned', GOVERNOR]) await expectHandedOver(id, before, after);
  const ids = ['versioned', ...PAGES.map((part) => pageWorkflowId('versioned', part))];
  const turns = (await Promise.all(ids.map(fetchTurns))).flat();
  const early = turns.filter(({ identity, at }) => at < changedAt && !before.identity.test(identity));
  expect(early).toEqual([]);
  expect(await after.stop()).toBe(0);
});

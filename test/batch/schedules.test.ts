/** Schedules on a real server: each run is a batch of its own, paid for anew, started once for each minute. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ResultStore } from '../../activities/store/result-store';
import {
  type BatchRow,
  type CreateScheduleOptions,
  IdTakenError,
  InvalidRequestError,
  InvalidRowsError,
  type ScheduleHandle,
  ScheduleNotFoundError,
} from '../../client';
import { toRunId } from '../../workflows/domain/batch/scheduled-run';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { listResults } from './batch-fixtures';

/** Its time comes while no test runs. */
const NEVER = '0 0 29 2 *';
const FAILS_ONCE = 'flaky-20261101T0200';

let rig: Rig;
let failures = 0;

/** The worker dies, as it were, after it has written the rows of that run and before its manifest. */
function failingOnce(real: ResultStore): ResultStore {
  const batches = {
    ...real.batches,
    createManifest: async (planned: Parameters<ResultStore['batches']['createManifest']>[0]) => {
      if (planned.batchId === FAILS_ONCE && failures === 0) {
        failures += 1;
        throw new Error('the store went away');
      }
      return real.batches.createManifest(planned);
    },
  };
  return new Proxy(real, {
    get: (target, name) => {
      if (name === 'batches') return batches;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

beforeAll(async () => {
  rig = await startRig({ store: failingOnce });
});

afterAll(() => rig.close());

function makeRows(id: string, keys: readonly string[], more = ''): BatchRow[] {
  return keys.map((key) => ({ key, prompt: `a picture of ${key} for ${id}. ${more}`, width: 32, height: 32 }));
}

function create(id: string, options: Partial<CreateScheduleOptions> = {}): Promise<ScheduleHandle> {
  return rig.client.schedules().create({ id, schedule: NEVER, rows: makeRows(id, ['a', 'b']), ...options });
}

function countJobs(id: string): number {
  return rig.emulator.ledger().jobs.filter(({ prompt }) => prompt?.includes(`for ${id}.`)).length;
}

/** The error of a call. */
async function catchError(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => error,
  );
}

/** Takes all times of a schedule in the past, as if they were now. */
async function backfill(id: string, start: string, end: string): Promise<void> {
  await rig.client.temporal.schedule
    .getHandle(id)
    .backfill({ start: new Date(start), end: new Date(end), overlap: 'ALLOW_ALL' });
}

async function listIds(prefix: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of rig.client.listBatches()) if (id.startsWith(prefix)) ids.push(id);
  return ids.sort();
}

/** The workflows that a schedule has started, when they have all ended. */
function untilStarted(id: string, count: number): Promise<readonly string[]> {
  return until(`${count} starts of ${id} have ended`, async () => {
    const query = `TemporalScheduledById = '${id}'`;
    const ends: string[] = [];
    for await (const { status } of rig.client.temporal.workflow.list({ query })) ends.push(status.name);
    return ends.length >= count && !ends.includes('RUNNING') ? ends : null;
  });
}

test('a run of a schedule is a batch like any other', async () => {
  const schedule = await create('nightly', { concurrency: 1, maxFailures: '50%' });
  expect(schedule).toMatchObject({ id: 'nightly', alreadyCreated: false });
  expect(countJobs('nightly')).toBe(0);

  const run = await schedule.trigger();
  expect(run?.batchId).toMatch(/^nightly-\d{8}T\d{4}$/);
  expect(run?.batchId).toBe(toRunId('nightly', new Date(run?.scheduledAt ?? '')));
  const batch = rig.client.batch(run?.batchId ?? '');
  await until('the run has started', () => batch.status().catch(() => null));
  expect(await batch.result()).toMatchObject({ state: 'completed', counts: { succeeded: 2, total: 2 } });
  expect((await listResults(rig, batch.id)).map(({ key }) => key).sort()).toEqual(['a', 'b']);
  expect(await batch.redrive()).toMatchObject({ selected: 0 });
  expect(countJobs('nightly')).toBe(2);
  expect(await listIds('nightly')).toEqual([batch.id]);
  const { alreadyStarted, ...started } = run ?? {};
  expect(alreadyStarted).toBe(false);
  expect(await schedule.status()).toMatchObject({
    ...{ id: 'nightly', schedule: NEVER, timezone: 'UTC', paused: false, items: 2, overlapPolicy: 'SKIP' },
    ...{ catchupWindowMs: 600_000, recentRuns: [started], counts: { started: 1, skipped: 0, missed: 0 } },
  });
});

test('a second trigger within a minute finds the run of the first, which is listed and paid once', async () => {
  const schedule = await create('twice', { rows: makeRows('twice', ['a']) });
  const runs: Awaited<ReturnType<typeof schedule.trigger>>[] = [];
  // The minute may end between two triggers.
  while (runs.length < 2 || runs.at(-1)?.batchId !== runs.at(-2)?.batchId) {
    runs.push(await schedule.trigger());
    await untilStarted('twice', runs.length);
  }
  expect(runs.map((run) => run?.alreadyStarted)).toEqual([...runs.slice(1).map(() => false), true]);
  const { recentRuns, counts } = await schedule.status();
  expect(recentRuns.map(({ batchId }) => batchId)).toEqual(runs.slice(0, -1).map((run) => run?.batchId));
  expect(counts.started).toBe(runs.length);
  expect(countJobs('twice')).toBe(runs.length - 1);
});

test('the same schedule is found, another one is refused, and a deleted one makes room', async () => {
  await create('weekly');
  expect(await create('weekly')).toMatchObject({ alreadyCreated: true });
  const parts = () => readdirSync(path.join(rig.store, 'schedules', 'weekly'));
  expect(parts()).toHaveLength(1);
  for (const other of [
    { rows: makeRows('weekly', ['a', 'c']) },
    { schedule: '1 0 29 2 *' },
    { timezone: 'Europe/Berlin' },
    { concurrency: 3 },
  ])
    expect(await catchError(create('weekly', other))).toBeInstanceOf(IdTakenError);
  expect(parts()).toHaveLength(1);

  const schedule = rig.client.schedule('weekly');
  await schedule.delete();
  expect(await catchError(schedule.status())).toBeInstanceOf(ScheduleNotFoundError);
  expect(await create('weekly', { rows: makeRows('weekly', ['c']) })).toMatchObject({ alreadyCreated: false });
});

test('a bad schedule is refused with every problem, and nothing is stored', async () => {
  const bad = { schedule: '60 2 31 2,4 FRY', timezone: 'Europe/Bärlin', overlapPolicy: 'TERMINATE_OTHER' };
  const error = await catchError(create('x'.repeat(115), { ...bad, catchupWindowMs: 1 } as never));
  expect(error).toBeInstanceOf(InvalidRequestError);
  const { problems } = error as InvalidRequestError;
  expect(problems.map(({ field }) => field)).toEqual([
    ...['id', 'schedule', 'schedule', 'timezone', 'overlapPolicy', 'catchupWindowMs'],
  ]);
  expect(await catchError(create('rows', { rows: [{ key: 'a', prompt: '' }] }))).toBeInstanceOf(InvalidRowsError);
  expect(existsSync(path.join(rig.store, 'schedules', 'rows'))).toBe(false);
  expect(await catchError(rig.client.schedule('rows').status())).toBeInstanceOf(ScheduleNotFoundError);
});

test('a minute is paid once, however often it is started', async () => {
  await create('once', { schedule: '0 2 1 * *' });
  for (const count of [1, 2]) {
    await backfill('once', '2026-11-01T01:59:00Z', '2026-11-01T02:01:00Z');
    expect(await untilStarted('once', count)).toHaveLength(count);
  }
  expect(await listIds('once')).toEqual(['once-20261101T0200']);
  expect(countJobs('once')).toBe(2);
});

test('a minute that the clocks repeat runs once, and one that they skip does not run; the id has the minute in UTC', async () => {
  await create('clocks', { schedule: '30 2 * * *', timezone: 'Europe/Berlin', rows: makeRows('clocks', ['a']) });
  await backfill('clocks', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z');
  expect(await untilStarted('clocks', 1)).toEqual(['COMPLETED']);
  await backfill('clocks', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z');
  expect(await untilStarted('clocks', 2)).toEqual(['COMPLETED', 'COMPLETED']);
  expect(await listIds('clocks')).toEqual(['clocks-20260330T0030', 'clocks-20261025T0130']);
  expect(countJobs('clocks')).toBe(2);
});

test('a start that is interrupted between rows and manifest is completed once', async () => {
  await create('flaky', { schedule: '0 2 1 * *' });
  await backfill('flaky', '2026-11-01T01:59:00Z', '2026-11-01T02:01:00Z');
  expect(await untilStarted('flaky', 1)).toEqual(['COMPLETED']);
  expect(failures).toBe(1);
  expect(await listIds('flaky')).toEqual([FAILS_ONCE]);
  expect(countJobs('flaky')).toBe(2);
});

test('an id that belongs to something else stops the run, and nothing is written', async () => {
  await create('taken', { schedule: '0 2 1 * *' });
  const id = 'taken-20261101T0200';
  await (await rig.client.startImage({ id, request: { prompt: 'a single picture', width: 32, height: 32 } })).result();
  await backfill('taken', '2026-11-01T01:59:00Z', '2026-11-01T02:01:00Z');
  expect(await untilStarted('taken', 1)).toEqual(['FAILED']);
  expect(await rig.client.openStore().batches.readManifest(id)).toBeNull();
  expect(countJobs('taken')).toBe(0);
});

test('a run that was deleted is not started again by its minute, and keeps nothing waiting', async () => {
  await create('removed', { schedule: '0 2 1 * *' });
  const runAgain = () => backfill('removed', '2026-11-01T01:59:00Z', '2026-11-01T02:01:00Z');
  await runAgain();
  expect(await untilStarted('removed', 1)).toEqual(['COMPLETED']);
  await rig.client.store().deleteBatch('removed-20261101T0200');
  await runAgain();
  expect([...(await untilStarted('removed', 2))].sort()).toEqual(['COMPLETED', 'FAILED']);
  expect(countJobs('removed')).toBe(2);
});

test('a run that is running keeps the next one from starting, and a paused schedule starts only by a trigger', async () => {
  const schedule = await create('slow', { rows: makeRows('slow', ['a']) });
  rig.emulator.script({ match: { promptIncludes: 'for slow.' }, then: { jobMs: 600_000 } });
  const first = await schedule.trigger();
  expect(first).not.toBeNull();
  await until('the batch runs', () =>
    rig.client
      .batch(first?.batchId ?? '')
      .status()
      .catch(() => null),
  );
  expect(await schedule.trigger()).toBeNull();
  expect(await schedule.status()).toMatchObject({ running: [first?.batchId], counts: { started: 1, skipped: 1 } });
  expect(await schedule.pause('until Monday')).toMatchObject({ paused: true, note: 'until Monday' });
  expect(await schedule.resume()).toMatchObject({ paused: false });
  const listed = await until('the list has it', async () => {
    for await (const one of rig.client.schedules().list()) if (one.id === 'slow') return one;
    return null;
  });
  expect(listed).toMatchObject({ id: 'slow', schedule: NEVER, items: 1 });
});

/** A batch that starts later: it says when, submits nothing before, and can be cancelled for nothing. */
import { InvalidRequestError } from '../../client';
import { resolveStart } from '../../input/requests/start-time';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const rows = (id: string) => ['a', 'b'].map((key) => ({ key, prompt: `${key} for ${id}`, width: 32, height: 32 }));
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const holds = async () => (await rig.client.account().status()).holders.map(({ id }) => id);

test('it submits nothing before its time, and starts by itself', async () => {
  const startAt = inSeconds(6);
  const batch = await rig.client.startBatch({ id: 'later', rows: rows('later'), startAt });
  const waiting = await until('it says when', async () => {
    const status = await batch.status();
    return status.startsAt === undefined ? null : status;
  });
  expect(waiting).toMatchObject({
    ...{ state: 'running', startsAt: startAt, reason: `it starts at ${startAt}, and submits nothing before` },
    counts: { waiting: 2 },
  });
  expect(await holds()).toEqual([]);
  const ended = await batch.result();
  expect(ended).toMatchObject({ state: 'completed', counts: { succeeded: 2 } });
  expect(ended).not.toHaveProperty('startsAt');
  const accepted = rig.emulator.ledger().jobs.map(({ acceptedAt }) => acceptedAt);
  expect(accepted.filter((at) => at < Date.parse(startAt))).toEqual([]);
  expect(Date.parse(ended.startedAt)).toBeGreaterThanOrEqual(Date.parse(startAt));
  expect(accepted).toHaveLength(2);
});

test('cancelled before its time, it ends at once and has paid nothing', async () => {
  const { submits } = rig.emulator.ledger();
  const batch = await rig.client.startBatch({ id: 'never', rows: rows('never'), startAt: inSeconds(86_400) });
  await batch.set({ concurrency: 1 });
  await batch.cancel();
  expect(await batch.result()).toMatchObject({ state: 'cancelled', counts: { cancelled: 2 }, submissions: 0 });
  expect(rig.emulator.ledger().submits).toBe(submits);
});

test('paused before its time, it waits for a resume', async () => {
  const batch = await rig.client.startBatch({ id: 'paused', rows: rows('paused'), startAt: inSeconds(3) });
  expect(await batch.pause()).toMatchObject({ state: 'paused' });
  await until('its time has come', async () => (await batch.status()).startsAt === undefined);
  expect(await batch.status()).toMatchObject({ state: 'paused', submissions: 0 });
  await batch.resume();
  expect(await batch.result()).toMatchObject({ counts: { succeeded: 2 } });
});

test.each([
  ['2026-12-01T02:00', 'must be a time like 2026-12-01T02:00:00Z'],
  ['2020-01-01T00:00:00Z', 'which is in the past'],
  ['2226-01-01T00:00:00Z', 'must be within a year'],
  ['2027-02-28T25:00:00Z', 'which is no day or time'],
  ['2027-02-30T02:00:00Z', 'which is no day or time'],
])('%s is no start', async (startAt, problem) => {
  const error = await rig.client.startBatch({ id: 'bad', rows: rows('bad'), startAt }).catch((reason) => reason);
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect(error.problems).toEqual([{ field: 'startAt', problem: expect.stringContaining(problem) }]);
  expect(await rig.client.openStore().batches.readManifest('bad')).toBeNull();
});

test.each([
  ['2026-12-01T02:00', 'UTC', '2026-12-01T02:00:00.000Z'],
  ['2026-12-01T02:00', 'Europe/Berlin', '2026-12-01T01:00:00.000Z'],
  ['2026-07-01T02:00', 'Europe/Berlin', '2026-07-01T00:00:00.000Z'],
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-12-01T02:00:30', 'Asia/Kolkata', '2026-11-30T20:30:30.000Z'],
  ['2026-12-01T02:00+05:00', 'Europe/Berlin', '2026-12-01T02:00+05:00'],
  ['2026-02-30T02:00', 'Europe/Berlin', '2026-02-30T02:00Z'],
  ['tomorrow', 'UTC', 'tomorrow'],
  ['2026-03-29T02:30', 'Europe/Berlin', { problem: expect.stringContaining('skip') }],
])('%s in %s is %j', (text, timezone, start) => {
  expect(resolveStart(text, timezone)).toEqual(start);
});

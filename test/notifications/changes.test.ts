/** Notifications of batches and of the account: one for each change, without words of people. */
import type { Receiver } from '../support/receiver';
import type { Rig } from '../support/rig';
import { until } from '../support/until';
import { listEvents, type NotifiedRig, startNotifiedRig, toRows } from './notified-rig';

let notified: NotifiedRig;
let rig: Rig;
let receiver: Receiver;

beforeAll(async () => {
  notified = await startNotifiedRig();
  ({ rig, receiver } = notified);
});
afterAll(() => notified.close());

const eventsOf = (batch: string) => listEvents(receiver, batch);

/** Types of what was delivered about a batch, once there are so many. */
async function untilTypes(id: string, count: number): Promise<readonly string[]> {
  const events = await until(`${count} of ${id} are delivered`, () => {
    const found = eventsOf(id);
    return found.length >= count ? found : null;
  });
  return [...events].sort((one, other) => numberOf(one.id) - numberOf(other.id)).map(({ type }) => type);
}

/** Its number in its run. */
function numberOf(id: string): number {
  return Number(/_(\d+)_[a-z-]+$/.exec(id)?.[1]);
}

/** A batch that waits for its account, whose receiver knows it. */
async function startHeld(id: string) {
  await rig.client.account().hold('no job of this test shall start');
  const batch = await rig.client.startBatch({ id, rows: toRows(['a', 'b', 'c']), notify: receiver.url });
  expect(await untilTypes(id, 1)).toEqual(['batch.held']);
  return batch;
}

test('a hold, a pause and the end are notified, once each, and without words of people', async () => {
  const id = 'pauses';
  const batch = await startHeld(id);
  expect(eventsOf(id)[0]?.data).toMatchObject({
    ...{ state: 'paused', pausedBy: 'account', code: 'HELD_BY_REQUEST', remedy: expect.stringContaining('resume') },
  });
  await batch.pause('words of a person');
  await batch.pause('again');
  await rig.client.account().resume();
  await until('the batch knows', async () => (await batch.status()).hold === null);
  await batch.resume();
  await batch.result();
  expect(await untilTypes(id, 4)).toEqual(['batch.held', 'batch.paused', 'batch.resumed', 'batch.completed']);
  expect(JSON.stringify(receiver.received)).not.toMatch(/words of a person|no job of this test/);
});

test('a batch that is cancelled while it is paused does not claim to continue', async () => {
  const id = 'cancelled';
  const batch = await startHeld(id);
  await batch.pause();
  await batch.cancel();
  expect((await batch.result()).state).toBe('cancelled');
  expect(await untilTypes(id, 3)).toEqual(['batch.held', 'batch.paused', 'batch.cancelled']);
  await rig.client.account().resume();
});

test('many failures are notified once, and a redrive has ids of its own', async () => {
  const id = 'failing';
  const rows = toRows(['a {{INPUT_INVALID}}', 'b {{INPUT_INVALID}}', 'c', 'd']);
  const terms = { notify: receiver.url, notifyFailures: '50%' };
  const batch = await rig.client.startBatch({ id, rows, ...terms });
  await batch.result();
  expect(await untilTypes(id, 2)).toEqual(['batch.failures-reached', 'batch.completed']);
  const [, first] = eventsOf(id);
  expect(first?.data).toMatchObject({ state: 'completed-with-failures', counts: { failed: 2, succeeded: 2 } });
  await batch.redrive({ notify: receiver.url });
  await batch.result();
  await untilTypes(id, 3);
  const ids = eventsOf(id).map((event) => event.id);
  expect(new Set(ids).size).toBe(ids.length);
  const runs = eventsOf(id).map(({ data }) => ('run' in data ? data.run : null));
  expect(new Set(runs).size).toBe(2);
  const manifest = await rig.client.openStore().batches.readManifest(id);
  expect(JSON.stringify(manifest)).not.toContain(receiver.url);
});

test('a redrive without a receiver notifies none', async () => {
  const id = 'silent';
  const batch = await rig.client.startBatch({ id, rows: toRows(['a {{INPUT_INVALID}}']), notify: receiver.url });
  await batch.result();
  await untilTypes(id, 2);
  await batch.redrive();
  await batch.result();
  expect((await batch.status()).notifications).toBeUndefined();
  expect(eventsOf(id)).toHaveLength(2);
});

test('holds of the account are notified, and the receiver can be removed', async () => {
  const own = await rig.clientOf('notified');
  const account = own.account();
  const events = () => receiver.accepted().filter(({ data }) => 'account' in data);
  await account.set({ notify: `${receiver.url}/account?secret=1` });
  await account.hold('words of a person');
  await until('the hold is delivered', () => events().length === 1);
  await account.resume();
  await until('its end is delivered', () => events().length === 2);
  expect(events()).toMatchObject([
    { type: 'account.held', data: { account: 'notified', code: 'HELD_BY_REQUEST', since: expect.any(String) } },
    { type: 'account.resumed', data: { account: 'notified', code: 'HELD_BY_REQUEST', since: null, remedy: null } },
  ]);
  const { notifications } = await until('the status has both', async () => {
    const status = await account.status();
    return status.notifications?.last.filter(({ state }) => state === 'delivered').length === 2 ? status : null;
  });
  expect(notifications?.receiver).toBe(receiver.url);
  await account.set({ notify: null });
  await account.hold('not notified');
  expect((await account.status()).notifications).toBeUndefined();
  await account.resume();
  expect(events()).toHaveLength(2);
});

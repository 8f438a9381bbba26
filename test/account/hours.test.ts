/** Hours of the day on a real server: a closed account waits, refuses what does not wait, and opens by itself. */
import { InvalidRequestError } from '../../client';
import { accepted, startBatch, untilStatus } from '../batch/batch-fixtures';
import { catchError } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { as, untilAccount } from './accounts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const MINUTE_MS = 60_000;
/** The time of day in UTC, some minutes from now. */
const clock = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString().slice(11, 16);

test('outside of its hours an account submits nothing, and none of its hours ends it', async () => {
  const own = await as(rig, 'hours');
  const account = own.client.account();
  const windows = [`${clock(180)}-${clock(240)}`];
  const status = await account.set({ hours: { windows } });
  expect(status).toMatchObject({ hours: { windows, timezone: 'UTC' }, limit: 0, hold: { code: 'OUTSIDE_HOURS' } });

  const batch = await startBatch(own, 'hours', 3, { account: 'hours' });
  const held = await untilStatus('the batch is held', batch, ({ hold }) => hold !== null);
  expect(held).toMatchObject({ state: 'paused', hold: { code: 'OUTSIDE_HOURS', until: status.hold?.until } });
  const request = { prompt: 'in vain', width: 32, height: 32 };
  const item = await own.client.startImage({ id: 'hours-item', request });
  expect(await catchError(item)).toMatchObject({
    code: 'OUTSIDE_HOURS',
    detail: expect.stringContaining('it opens at'),
  });
  expect(accepted(own, 'hours')).toBe(0);

  expect(await account.set({ hours: null })).toMatchObject({ hours: null, hold: null });
  expect(await batch.result()).toMatchObject({ counts: { succeeded: 3 } });
});

test('the account opens by itself at the minute, and bad hours change nothing', async () => {
  const own = await as(rig, 'opens');
  const account = own.client.account();
  const error = await account.set({ hours: { windows: ['22-6'], timezone: 'Berlin' } }).catch((reason) => reason);
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect(error.problems.map(({ field }: { readonly field: string }) => field)).toEqual(['hours', 'hours.timezone']);
  await account.set({ hours: { windows: [`${clock(1)}-${clock(60)}`] } });
  const batch = await startBatch(own, 'opens', 2, { account: 'opens' });
  await untilAccount('it is open', own, ({ hold }) => hold === null);
  expect(await batch.result()).toMatchObject({ counts: { succeeded: 2 } });
});

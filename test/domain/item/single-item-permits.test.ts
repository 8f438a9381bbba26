/** The permit of a single item: when it asks, when it waits to be called, and when it gives up. */
import { condition } from '@temporalio/workflow';
import type { PermitUse } from '../../../workflows/domain/item/permits';
import { NO_FEEDBACK } from '../../../workflows/domain/leases/feedback';
import type { AccountGrant } from '../../../workflows/domain/leases/governor-protocol';
import { NO_PACING } from '../../../workflows/domain/leases/lease';
import { SingleItemPermits } from '../../../workflows/item/single-item-permits';

jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<typeof import('@temporalio/workflow')>('@temporalio/workflow'),
  condition: jest.fn(),
}));

/** Time passes: whether the condition holds by then. */
const passing = jest.mocked(condition as (held: () => boolean, ms: number) => Promise<boolean>);
const PERMIT_REQUEST = { again: false, operation: 'generate/image', price: 0, deadlineAt: null };
const UNSENT: PermitUse = { billingOutcome: 'unsent', feedback: NO_FEEDBACK, isReleasedEarly: false, isInQueue: true };
const GRANT: AccountGrant = {
  number: 1,
  permits: 1,
  ...NO_PACING,
  allowance: null,
  hold: null,
  remembered: { concurrency: null, ratePerSecond: null, day: null },
};
const HELD: AccountGrant = {
  ...GRANT,
  permits: 0,
  hold: { code: 'UNAUTHENTICATED', since: 'today', until: null, cause: null, remedy: 'Mend it.' },
};

function queued(waitWhileHeld = false): SingleItemPermits {
  const permits = new SingleItemPermits('default', waitWhileHeld);
  permits.release(PERMIT_REQUEST, UNSENT);
  return permits;
}

const asks = (isGranted: boolean, waitWhileHeld = false) => ({
  go: true,
  waitMs: 0,
  isProbe: false,
  ask: { account: 'default', isGranted, isProbe: false, waitWhileHeld, again: false },
});

beforeEach(() => passing.mockReset().mockImplementation(async (held) => held()));

test('the first time it asks, without waiting for anything', async () => {
  expect(await new SingleItemPermits('default', true).acquire(PERMIT_REQUEST)).toEqual(asks(false, true));
  expect(passing).not.toHaveBeenCalled();
});

test('having been queued it waits for the call, and does not ask again', async () => {
  const permits = queued();
  permits.applyGrant(GRANT);
  expect(await permits.acquire(PERMIT_REQUEST)).toEqual(asks(true));
});

test('a call is good for one submission', async () => {
  const permits = queued();
  permits.applyGrant(GRANT);
  await permits.acquire(PERMIT_REQUEST);
  permits.release(PERMIT_REQUEST, UNSENT);
  expect(await permits.acquire(PERMIT_REQUEST)).toEqual(asks(false));
});

test('to hear that it has to wait is no call', async () => {
  const permits = queued();
  permits.applyGrant({ ...GRANT, permits: 0 });
  await permits.acquire(PERMIT_REQUEST);
  await expect(passing.mock.results[0]?.value).resolves.toBe(false);
});

test.each([
  [1_000, 5],
  [20 * 60_000, 20],
  [24 * 3_600_000, 60],
])('the governor may let it wait longer than five minutes, up to an hour: %i ms', async (askAgainMs, minutes) => {
  const permits = queued();
  permits.release(PERMIT_REQUEST, { ...UNSENT, askAgainMs });
  await permits.acquire(PERMIT_REQUEST);
  expect(passing.mock.calls.map(([, ms]) => ms / 60_000)).toEqual([minutes]);
});

test('without a grant it asks again after five minutes, then at growing intervals up to an hour, until it was submitted', async () => {
  const permits = queued();
  for (let time = 0; time < 6; time += 1) expect(await permits.acquire(PERMIT_REQUEST)).toEqual(asks(false));
  expect(passing.mock.calls.map(([, ms]) => ms / 60_000)).toEqual([5, 10, 20, 40, 60, 60]);
  permits.release(PERMIT_REQUEST, { ...UNSENT, billingOutcome: 'charged' });
  permits.release(PERMIT_REQUEST, UNSENT);
  await permits.acquire(PERMIT_REQUEST);
  expect(passing.mock.calls.at(-1)?.[1]).toBe(5 * 60_000);
});

test('a hold ends it, unless it waits while the account is held', async () => {
  const impatient = queued();
  impatient.applyGrant(HELD);
  const message = 'The account has been held since today. Mend it.';
  const end = { next: 'end', outcome: 'failed', code: 'UNAUTHENTICATED', message };
  expect(await impatient.acquire(PERMIT_REQUEST)).toEqual({ go: false, end });
  const patient = queued(true);
  patient.applyGrant(HELD);
  await patient.acquire(PERMIT_REQUEST);
  await expect(passing.mock.results.at(-1)?.value).resolves.toBe(false);
});

describe('stopped', () => {
  test('before it asks or while it waits, it ends as cancelled', async () => {
    const permits = queued();
    passing.mockImplementationOnce(async () => {
      permits.stop();
      return true;
    });
    for (const _when of ['waiting', 'asking']) {
      expect(await permits.acquire(PERMIT_REQUEST)).toMatchObject({
        go: false,
        end: { outcome: 'cancelled', code: 'CANCELLED' },
      });
    }
    await permits.revoked;
  });

  test('it lets a job in flight be followed', async () => {
    const permits = queued();
    permits.stop();
    expect(await permits.acquire({ ...PERMIT_REQUEST, price: null, isInFlight: true })).toMatchObject({ go: true });
  });
});

describe('for the next run of the workflow', () => {
  test('it is idle only while nothing is in progress and the governor has not called', async () => {
    const permits = queued();
    expect(permits.isIdle).toBe(true);
    permits.applyGrant(GRANT);
    expect(permits.isIdle).toBe(false);
    await permits.acquire(PERMIT_REQUEST);
    expect(permits.isIdle).toBe(false);
    permits.release(PERMIT_REQUEST, UNSENT);
    expect(permits.isIdle).toBe(true);
  });

  test('it remembers that it was queued, and for how long it waits', async () => {
    const permits = queued();
    await permits.acquire(PERMIT_REQUEST);
    permits.release(PERMIT_REQUEST, UNSENT);
    const next = new SingleItemPermits('default', false, JSON.parse(JSON.stringify(permits.carried)));
    await next.acquire(PERMIT_REQUEST);
    expect(passing.mock.calls.map(([, ms]) => ms / 60_000)).toEqual([5, 10]);
  });
});

test.each<{ use: Partial<PermitUse>; waits: boolean }>([
  { use: { isInQueue: true }, waits: true },
  { use: { isInQueue: false }, waits: false },
  { use: { billingOutcome: 'charged' }, waits: false },
  { use: { feedback: { ...NO_FEEDBACK, accountRefusals: { UNAUTHENTICATED: 1 } } }, waits: true },
])('after $use it waits for a grant: $waits', async ({ use, waits }) => {
  const permits = new SingleItemPermits('default', true);
  const { isInQueue: _given, ...unsent } = UNSENT;
  permits.release(PERMIT_REQUEST, { ...unsent, ...use });
  expect(await permits.acquire(PERMIT_REQUEST)).toEqual(asks(false, true));
  expect(passing).toHaveBeenCalledTimes(waits ? 1 : 0);
});

/** The permit of a single image: when it asks, when it waits to be called, and when it gives up. */
import { condition } from '@temporalio/workflow';
import { NO_NEWS } from '../../../workflows/domain/leases/feedback';
import type { Grant } from '../../../workflows/domain/leases/governor-protocol';
import { ImageTurn } from '../../../workflows/item/single-item-permits';

jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<typeof import('@temporalio/workflow')>('@temporalio/workflow'),
  condition: jest.fn(),
}));

/** Time passes: whether the condition holds by then. */
const passing = jest.mocked(condition as (held: () => boolean, ms: number) => Promise<boolean>);
const WISH = { again: false, price: 0, deadlineAt: null };
const GRANT: Grant = {
  number: 1,
  permits: 1,
  spacingMs: null,
  restUntil: null,
  paceChange: 0,
  probe: false,
  hold: null,
  remembered: { concurrency: null, ratePerSecond: null },
};
const HELD: Grant = {
  ...GRANT,
  permits: 0,
  hold: { code: 'UNAUTHENTICATED', since: 'today', until: null, cause: null, remedy: 'Mend it.' },
};

function queued(waitWhileHeld = false): ImageTurn {
  const turn = new ImageTurn('default', waitWhileHeld);
  turn.release(WISH, 'unsent', NO_NEWS);
  return turn;
}

const asks = (isGranted: boolean, waitWhileHeld = false) => ({
  go: true,
  waitMs: 0,
  isProbe: false,
  retriedBy: 'server',
  ask: { account: 'default', isGranted, isProbe: false, waitWhileHeld },
});

beforeEach(() => passing.mockReset().mockImplementation(async (held) => held()));

test('the first time it asks, without waiting for anything', async () => {
  expect(await new ImageTurn('default', true).acquire(WISH)).toEqual(asks(false, true));
  expect(passing).not.toHaveBeenCalled();
});

test('having been queued it waits for the call, and does not ask again', async () => {
  const turn = queued();
  turn.hear(GRANT);
  expect(await turn.acquire(WISH)).toEqual(asks(true));
});

test('a call is good for one submission', async () => {
  const turn = queued();
  turn.hear(GRANT);
  await turn.acquire(WISH);
  turn.release(WISH, 'unsent', NO_NEWS);
  expect(await turn.acquire(WISH)).toEqual(asks(false));
});

test('to hear that it has to wait is no call', async () => {
  const turn = queued();
  turn.hear({ ...GRANT, permits: 0 });
  await turn.acquire(WISH);
  await expect(passing.mock.results[0]?.value).resolves.toBe(false);
});

test('without a call it asks again after a minute, then at growing intervals up to a quarter of an hour', async () => {
  const turn = queued();
  for (let time = 0; time < 6; time += 1) expect(await turn.acquire(WISH)).toEqual(asks(false));
  expect(passing.mock.calls.map(([, ms]) => ms / 60_000)).toEqual([1, 2, 4, 8, 15, 15]);
  turn.accepted();
  await turn.acquire(WISH);
  expect(passing.mock.calls.at(-1)?.[1]).toBe(60_000);
});

test('a hold ends it, unless it waits while the account is held', async () => {
  const impatient = queued();
  impatient.hear(HELD);
  const message = 'The account is held since today. Mend it.';
  const end = { next: 'end', outcome: 'failed', code: 'UNAUTHENTICATED', message };
  expect(await impatient.acquire(WISH)).toEqual({ go: false, end });
  const patient = queued(true);
  patient.hear(HELD);
  await patient.acquire(WISH);
  await expect(passing.mock.results.at(-1)?.value).resolves.toBe(false);
});

describe('stopped', () => {
  test('before it asks or while it waits, it ends as cancelled', async () => {
    const turn = queued();
    passing.mockImplementationOnce(async () => {
      turn.stop();
      return true;
    });
    for (const _when of ['waiting', 'asking']) {
      expect(await turn.acquire(WISH)).toMatchObject({ go: false, end: { outcome: 'cancelled', code: 'CANCELLED' } });
    }
    await turn.recalled;
  });

  test('it lets a job in flight be looked after', async () => {
    const turn = queued();
    turn.stop();
    expect(await turn.acquire({ ...WISH, price: null, isInFlight: true })).toMatchObject({ go: true });
  });
});

describe('for the next run of the workflow', () => {
  test('it is idle only while nothing is under way and the governor has not called', async () => {
    const turn = queued();
    expect(turn.isIdle).toBe(true);
    turn.hear(GRANT);
    expect(turn.isIdle).toBe(false);
    await turn.acquire(WISH);
    expect(turn.isIdle).toBe(false);
    turn.release(WISH, 'unsent', NO_NEWS);
    expect(turn.isIdle).toBe(true);
  });

  test('it remembers that it was queued, and for how long it waits', async () => {
    const turn = queued();
    await turn.acquire(WISH);
    turn.release(WISH, 'unsent', NO_NEWS);
    const next = new ImageTurn('default', false, JSON.parse(JSON.stringify(turn.carried)));
    await next.acquire(WISH);
    expect(passing.mock.calls.map(([, ms]) => ms / 60_000)).toEqual([1, 2]);
  });
});

test.each`
  landing      | walls                     | waits
  ${'unsent'}  | ${{}}                     | ${true}
  ${'charged'} | ${{}}                     | ${false}
  ${'failed'}  | ${{}}                     | ${false}
  ${'failed'}  | ${{ UNAUTHENTICATED: 1 }} | ${true}
`('after $landing with walls $walls it waits to be called: $waits', async ({ landing, walls, waits }) => {
  const turn = new ImageTurn('default', true);
  turn.release(WISH, landing, { ...NO_NEWS, walls });
  await turn.acquire(WISH);
  expect(passing).toHaveBeenCalledTimes(waits ? 1 : 0);
});

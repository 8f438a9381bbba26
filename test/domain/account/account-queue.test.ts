/** Single items by the ten thousand: what waits is bounded, small, and has its turn in order, through restarts. */
import {
  computeAskAgainMs,
  hasItem,
  isFull,
  MAX_QUEUED,
  parseEntry,
  type Queue,
  takeImpatient,
  withFirst,
  withItem,
  withoutItems,
} from '../../../workflows/domain/account/account-queue';
import { type AccountState, newAccount, reclaimPermits } from '../../../workflows/domain/account/account-state';
import { toAccountStatus } from '../../../workflows/domain/account/account-status';
import { applyReport, MAX_BATCHES } from '../../../workflows/domain/account/apply-report';
import { dividePermits } from '../../../workflows/domain/account/divide-permits';
import { holdAccount, resumeAccount } from '../../../workflows/domain/account/hold-transitions';
import { findRejection } from '../../../workflows/domain/account/rejections';
import { findReasonProblem } from '../../../workflows/domain/batch/settings-checks';
import { NO_FEEDBACK } from '../../../workflows/domain/leases/feedback';
import { toItemReport } from '../../../workflows/domain/leases/governor-protocol';

const START = Date.UTC(2026, 0, 1);
const FREE = { maxConcurrency: null, maxRate: null };
const MAX_STATE_BYTES = 1_500_000;
const DONE = {
  wants: 0,
  leaving: true,
  billingOutcome: 'charged' as const,
  feedback: { ...NO_FEEDBACK, accepted: 1, completed: 1 },
};

const item = (id: string, waits = true) => ({ id, waits, operation: 'generate/image' });

describe('the queue', () => {
  const ids = (queue: Queue) => queue.map((entry) => parseEntry(entry).id);

  test('keeps the order in which images came, each once; those that had their turn go first', () => {
    const queue = ['a', 'b', 'a', 'c'].reduce<Queue>((sum, id) => withItem(sum, item(id, false)), []);
    expect(ids(queue)).toEqual(['a', 'b', 'c']);
    expect(ids(withFirst(withoutItems(queue, ['b', 'x']), [item('b')]))).toEqual(['b', 'a', 'c']);
    expect([hasItem(queue, 'a'), hasItem(queue, 'x')]).toEqual([true, false]);
  });

  test('gives up those that want to hear of a hold, and keeps the others', () => {
    const queue = withItem(withItem(withItem([], item('a', false)), item('b')), item('c', false));
    const { taken, queue: rest } = takeImpatient(queue, () => true);
    expect(taken.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(ids(rest)).toEqual(['b']);
    expect(takeImpatient(rest, () => true)).toEqual({ taken: [], queue: rest });
  });

  test('lets items ask again the later the longer it is, and after an hour once it is full', () => {
    const many = Array.from({ length: MAX_QUEUED }, (_, n) => `wi${n}`);
    expect([[], many.slice(0, 1_000), many].map(computeAskAgainMs)).toEqual([0, 720_000, 3_600_000]);
    expect(computeAskAgainMs(Array.from({ length: 1_000 }, () => 'w'.padEnd(501, 'x')))).toBe(3_600_000);
  });

  test('is full by number and by the length of the ids', () => {
    const many = Array.from({ length: MAX_QUEUED }, (_, n) => `wi${n}`);
    expect([isFull(many), isFull(many.slice(1))]).toEqual([true, false]);
    expect(withItem(many, item('late'))).toBe(many);
    expect(isFull(Array.from({ length: 1_000 }, () => 'w'.padEnd(501, 'x')))).toBe(true);
  });
});

test.each([
  [50_000, 'short ids', (n: number) => `i${n}`],
  [8_000, 'the longest ids', (n: number) => `${n}`.padStart(128, 'x')],
])(
  '%d images wait behind a hold, the worker restarts, and the first 500 go in their order: %s',
  (images, _name, idOf) => {
    let [state, largest] = [newAccount(FREE, START), 0];
    let now = START;
    const become = (next: AccountState) => {
      const decided = dividePermits(next, now);
      state = decided.state;
      return decided.notify;
    };
    // What a run hands over to the next, and what a worker has after a restart.
    const restart = () => {
      const carried = JSON.stringify(state);
      largest = Math.max(largest, carried.length);
      state = JSON.parse(carried);
    };
    become(holdAccount(state, 'credits', now));
    let told = 0;
    for (let n = 0; n < images; n += 1) {
      now += 10;
      state = applyReport(state, toItemReport(idOf(n), true), now);
      // Permits are divided once for all that ask together.
      if (n % 100 === 99) told += become(state).length;
      if (n % 5_000 === 4_999) restart();
    }
    expect(told).toBe(0);
    const { waiting, holders } = toAccountStatus('default', state);
    expect(waiting).toBeLessThanOrEqual(MAX_QUEUED);
    expect(waiting).toBeGreaterThan(3_000);
    expect(holders).toHaveLength(100);
    restart();
    let going = become(resumeAccount(state, now)).map(({ id }) => id);
    const made: string[] = [];
    while (made.length < 500) {
      now += 500;
      const next: string[] = [];
      for (const id of going) {
        made.push(id);
        next.push(...become(applyReport(state, { ...toItemReport(id), ...DONE }, now)).map((holder) => holder.id));
      }
      going = next;
      restart();
    }
    expect(made).toEqual(Array.from({ length: made.length }, (_, n) => idOf(n)));
    expect(largest).toBeLessThan(MAX_STATE_BYTES);
  },
);

test('a hold that only a person can end is told to all that do not wait, and to nobody else', () => {
  let state = newAccount(FREE, START);
  for (let n = 0; n < 40; n += 1)
    state = dividePermits(applyReport(state, toItemReport(`i${n}`, n % 2 === 0), START), START).state;
  const going = state.holders.map(({ id }) => id);
  const { state: after, notify } = dividePermits(holdAccount(state, '', START), START);
  const told = notify.filter(({ lastGrant: grant }) => grant?.hold?.code === 'HELD_BY_REQUEST').map(({ id }) => id);
  const impatient = Array.from({ length: 40 }, (_, n) => `i${n}`).filter((id, n) => n % 2 === 1 && !going.includes(id));
  expect(told).toEqual(impatient);
  expect(toAccountStatus('default', after).waiting).toBe(40 - going.length - told.length);
  expect(dividePermits(after, START).notify).toEqual([]);
});

test('an image that is gone leaves the queue, and no decision grows with their number', () => {
  let state = newAccount(FREE, START);
  const ids = Array.from({ length: 30 }, (_, n) => `${n}`.padStart(128, 'x'));
  for (const id of ids) state = dividePermits(applyReport(state, toItemReport(id), START), START).state;
  state = dividePermits(reclaimPermits(state, ids, START), START).state;
  expect(toAccountStatus('default', state)).toMatchObject({ waiting: 0, holders: [] });
  expect(state.decisions.at(-1)?.words).toMatch(/^reclaimed permits of ended holders: /);
  expect(state.decisions.at(-1)?.words.length).toBeLessThanOrEqual(450);
  expect(findRejection(state, { holder: 'x', again: false, operation: 'generate/image' }, START)).toBeNull();
});

test('a reason has a length', () => {
  expect(findReasonProblem('x'.repeat(200))).toBeNull();
  expect(findReasonProblem('x'.repeat(201))).toBe('has 201 characters; must have at most 200');
});

describe('batches by the thousand', () => {
  const makeId = (n: number) => `${'b'.repeat(100)}-${n}`;
  const batchReport = (n: number) => ({ ...toItemReport(makeId(n)), kind: 'batch' as const, wants: 100 });

  test('are bounded, with a queue of single items beside them; one that was turned away has its turn later', () => {
    let state: AccountState = holdAccount(newAccount(FREE, START), 'x'.repeat(300), START);
    for (let n = 0; n < MAX_QUEUED + 10; n += 1) state = applyReport(state, toItemReport(`i${n}`, true), START);
    for (let n = 0; n < 2_000; n += 1) state = applyReport(state, { ...batchReport(n), isNew: true }, START);
    state = dividePermits(state, START).state;
    expect(state.holders).toHaveLength(MAX_BATCHES);
    expect(JSON.stringify(state).length).toBeLessThan(MAX_STATE_BYTES);
    const again = batchReport(1_999);
    expect(applyReport(state, again, START)).toBe(state);
    const left = applyReport(state, { ...batchReport(0), wants: 0, leaving: true }, START);
    expect(applyReport(left, again, START).holders.map(({ id }) => id)).toContain(makeId(1_999));
  });

  test('one that has jobs in flight is remembered beyond the bound', () => {
    let state = newAccount(FREE, START);
    for (let n = 0; n < MAX_BATCHES; n += 1) state = applyReport(state, batchReport(n), START);
    state = applyReport(state, { ...batchReport(MAX_BATCHES), held: 1, inFlight: 1 }, START);
    expect(state.holders.map(({ id }) => id)).toContain(makeId(MAX_BATCHES));
  });
});

/** Ids, keys, codes and accounts that are names of every plain object do what any other name does. */
import fc from 'fast-check';
import { setDayCap } from '../../../workflows/domain/account/account-settings';
import { type AccountState, newAccount, reclaimPermits } from '../../../workflows/domain/account/account-state';
import { toAccountStatus } from '../../../workflows/domain/account/account-status';
import { applyReport } from '../../../workflows/domain/account/apply-report';
import { dividePermits } from '../../../workflows/domain/account/divide-permits';
import { addCounts } from '../../../workflows/domain/base/counts';
import { getOwn } from '../../../workflows/domain/base/own-value';
import { isSafeKey } from '../../../workflows/domain/base/safe-key';
import { PageItems } from '../../../workflows/domain/batch/page-items';
import { judge } from '../../../workflows/domain/failures/fault';
import { holdRemedy } from '../../../workflows/domain/failures/hold-codes';
import { describeRemedy } from '../../../workflows/domain/item/describe-remedy';
import type { ItemReport, ItemResultRow } from '../../../workflows/domain/item/item';
import { closeSubmission, NEW_RECORD, openSubmission, toProgress } from '../../../workflows/domain/item/item-record';
import { packRecord } from '../../../workflows/domain/item/packed-record';
import { NO_FEEDBACK } from '../../../workflows/domain/leases/feedback';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { FOREIGN_NAMES } from '../../support/foreign-names';
import { tallyRows } from '../../support/tally-rows';

const NOW = Date.UTC(2026, 0, 1);
const FREE = { maxConcurrency: null, maxRate: null };
/** As names travel from one run of a workflow to the next. */
const carried = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const some = fc.shuffledSubarray([...FOREIGN_NAMES], { minLength: 1 });

test.each(FOREIGN_NAMES)('%s is a key like any other, and a code of nobody', (name) => {
  expect(isSafeKey(name)).toBe(true);
  expect(holdRemedy(name)).toBeNull();
  expect(describeRemedy(name)).toBe(describeRemedy('anything else'));
  expect(getOwn({}, name)).toBeUndefined();
  expect(getOwn(carried({ [name]: 1 }), name)).toBe(1);
});

test('counts by such codes add up', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...FOREIGN_NAMES)), (codes) => {
      const counts = codes.reduce((sum, code) => carried(addCounts(sum, { [code]: 1 })), {});
      for (const code of FOREIGN_NAMES) {
        expect(getOwn(counts, code) ?? 0).toBe(codes.filter((other) => other === code).length);
      }
    }),
  );
});

test('faults with such codes are counted from one', () => {
  for (const code of FOREIGN_NAMES) {
    const first = judge({ code, origin: 'job', message: 'x', saidRetryable: true }, {}, () => 0.5);
    expect(first.met).toEqual({ UNRECOGNISED_CODE: 1 });
    expect(first.retryable).toBe(true);
    const record = carried(closeSubmission(openSubmission(NEW_RECORD), { kind: 'fault', fault: first }));
    expect(record.met).toEqual({ UNRECOGNISED_CODE: 1 });
    expect(toProgress(record, 'running', null).lastCode).toBe(code);
  }
});

test('a page keeps such keys from one run to the next, and tells each of their codes', () => {
  fc.assert(
    fc.property(some, (keys) => {
      const board = new PageItems(tallyRows([]));
      for (const key of keys) board.add(key, undefined, [{ operation: key, price: 0 }]);
      const record = openSubmission(NEW_RECORD);
      for (const key of keys) board.change(key, toProgress(record, 'submitting', null), record);
      const records = carried(board.records());
      expect(Object.keys(records).sort()).toEqual([...keys].sort());
      for (const key of keys) expect(getOwn(records, key)).toEqual(packRecord(record));
      for (const key of keys) board.end(key, failedWith(key));
      expect(tallyRows(carried<readonly ItemResultRow[]>(board.takeRows())).failures).toEqual(
        Object.fromEntries(keys.map((key) => [key, 1])),
      );
    }),
  );
});

function failedWith(code: string): ItemReport {
  return { outcome: 'failed', result: null, jobId: 'job', code, message: 'x', submissions: [] };
}

const step = fc.record({
  who: fc.constantFrom(...FOREIGN_NAMES),
  kind: fc.constantFrom('batch' as const, 'item' as const),
  does: fc.constantFrom('asks' as const, 'ends' as const, 'leaves' as const, 'vanishes' as const),
  ms: fc.nat({ max: 60_000 }),
});

test('holders with such ids get their permits and draw on the budget of the day as others do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (script) => {
      const names = FOREIGN_NAMES.map((name, index) => [name, `plain-${index}`] as const);
      const plainNames = new Map(names);
      let [foreign, plain] = [newState(), newState()];
      let now = NOW;
      for (const { who, kind, does, ms } of script) {
        now += ms;
        foreign = carried(after(foreign, `${who}`, kind, does, now));
        plain = carried(after(plain, plainNames.get(who) ?? '', kind, does, now));
        expect(describeState(foreign, new Map())).toEqual(
          describeState(plain, new Map(names.map(([name, other]) => [other, name]))),
        );
      }
    }),
  );
});

function newState(): AccountState {
  return setDayCap(newAccount(FREE, NOW), { submissions: 40 }, NOW);
}

function after(
  state: AccountState,
  holder: string,
  kind: HolderReport['kind'],
  does: 'asks' | 'ends' | 'leaves' | 'vanishes',
  now: number,
): AccountState {
  if (does === 'vanishes') return dividePermits(reclaimPermits(state, [holder], now), now).state;
  const leaving = does === 'leaves';
  const feedback = does === 'ends' ? { ...NO_FEEDBACK, accepted: 1, completed: 1 } : NO_FEEDBACK;
  const spent = { submissions: does === 'ends' ? 1 : 0, cost: 0 };
  const own = kind === 'item' ? { billingOutcome: 'charged' as const } : { spent, grantSeen: 1 };
  const report = { ...toItemReport(holder), kind, wants: leaving ? 0 : 5, feedback, leaving, ...own };
  return dividePermits(applyReport(state, report, now), now).state;
}

/** What is told of an account, with other names for its holders. */
function describeState(state: AccountState, names: ReadonlyMap<string, string>) {
  const { holders, day, limit } = toAccountStatus('constructor', state);
  const named = holders.map((holder) => ({ ...holder, id: names.get(holder.id) ?? holder.id }));
  return { day, limit, holders: named };
}

/** While results cannot be stored nobody submits; it ends automatically, whatever else holds the account. */

import { nextTickAt } from '../../../workflows/domain/account/account-clock';
import { type AccountState, computeWindow, newAccount } from '../../../workflows/domain/account/account-state';
import { toAccountStatus } from '../../../workflows/domain/account/account-status';
import { applyReport } from '../../../workflows/domain/account/apply-report';
import { dividePermits } from '../../../workflows/domain/account/divide-permits';
import { applyStoreReport, applyTime, resumeAccount } from '../../../workflows/domain/account/hold-transitions';
import { findRejection } from '../../../workflows/domain/account/rejections';
import { NO_FEEDBACK } from '../../../workflows/domain/leases/feedback';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { toItemReport } from '../../../workflows/domain/leases/governor-protocol';

const START = Date.UTC(2026, 0, 1);
const FREE = { maxConcurrency: null, maxRate: null };
const PROBLEM = "cannot write to the store: EACCES: permission denied, open '/images/a.part'";
const WALL = { ...NO_FEEDBACK, accountRefusals: { INSUFFICIENT_CREDITS: 1 } };

const batch: HolderReport = { ...toItemReport('batch'), kind: 'batch', wants: 100 };
const after = (state: AccountState, now = START) => dividePermits(state, now).state;
const begun = after(applyReport(newAccount(FREE, START), batch, START));
const broken = after(applyStoreReport(begun, PROBLEM, START));
const findGrant = ({ holders }: AccountState) => holders.find(({ id }) => id === 'batch')?.lastGrant;

test('takes all permits, and says why in the words of the store', () => {
  expect(findGrant(broken)).toMatchObject({ permits: 0, hold: { code: 'STORE_UNAVAILABLE', cause: PROBLEM } });
  const { hold, holds, limit, decisions } = toAccountStatus('default', broken);
  expect(hold).toMatchObject({ code: 'STORE_UNAVAILABLE', since: '2026-01-01T00:00:00.000Z', cause: PROBLEM });
  expect(holds).toMatchObject([{ code: 'STORE_UNAVAILABLE', probing: false, nextProbeAt: null }]);
  expect(limit).toBe(0);
  expect(decisions.at(-1)?.words).toBe(`held: STORE_UNAVAILABLE: ${PROBLEM}`);
});

test('refuses images that come anew and do not wait; those that are on their way wait', () => {
  expect(findRejection(broken, { holder: 'new', again: false, operation: 'generate/image' }, START)).toMatchObject({
    code: 'STORE_UNAVAILABLE',
  });
  expect(findRejection(broken, { holder: 'on its way', again: true, operation: 'generate/image' }, START)).toBeNull();
});

test('keeps its beginning however often it is reported, and ends when a result was stored', () => {
  const later = applyStoreReport(broken, 'another word', START + 9_000);
  expect(later.store).toEqual({ since: START, lastSeenAt: START + 9_000, cause: 'another word' });
  expect(later.decisions).toEqual(broken.decisions);
  const well = after(applyStoreReport(later, null, START + 10_000), START + 10_000);
  expect(findGrant(well)).toMatchObject({ permits: computeWindow(begun), hold: null });
  expect(applyStoreReport(well, null, START + 11_000)).toBe(well);
});

test.each([
  ['somebody resumes', (state: AccountState, at: number) => resumeAccount(state, at)],
  ['no result waits to be stored any more', (state: AccountState, at: number) => applyTime(state, at)],
])('ends when %s', (_, change) => {
  const at = nextTickAt(broken, START) ?? 0;
  expect(at).toBe(START + 150_000);
  expect(applyTime(broken, at - 1).store).not.toBeNull();
  expect(findGrant(after(change(broken, at), at))).toMatchObject({ permits: computeWindow(begun) });
});

test('is a hold of its own: the account stays held by what else it has met, and by it', () => {
  const both = after(applyReport(broken, { ...batch, feedback: WALL }, START));
  const codes = (state: AccountState) => toAccountStatus('default', state).holds.map(({ code }) => code);
  expect(codes(both)).toEqual(['INSUFFICIENT_CREDITS', 'STORE_UNAVAILABLE']);
  const well = after(applyStoreReport(both, null, START));
  expect(codes(well)).toEqual(['INSUFFICIENT_CREDITS']);
  expect(findGrant(well)).toMatchObject({ permits: 0, hold: { code: 'INSUFFICIENT_CREDITS' } });
});

/** The lease protocol, which the governor speaks with holders and a batch with its pages. */
import fc from 'fast-check';
import { NO_FEEDBACK } from '../../../workflows/domain/leases/feedback';
import {
  applyLeaseReport,
  type Grant,
  isGrantDue,
  isSameGrant,
  type Lease,
  type LeaseReport,
  NEW_LEASE,
  NO_PACING,
  type Pacing,
  sharePacing,
  withGrant,
  withPermits,
  withReplyDue,
} from '../../../workflows/domain/leases/lease';

const EMPTY: Lease = NEW_LEASE;
const REFUSED = { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, concurrency: 1 } };
const NONE_LEFT = {
  held: 0,
  inFlight: 0,
  scheduled: 0,
  unanswered: 0,
  paceSeen: 0,
  needsFunds: false,
  feedback: NO_FEEDBACK,
};
const always = () => true;

function report(grantSeen: number, more: Partial<LeaseReport> = {}): LeaseReport {
  return { grantSeen, ...NONE_LEFT, ...more };
}

/** As a lender divides and sends. */
function grant(lease: Lease, permits: number, more: Partial<Grant> = {}): Lease {
  const divided = withPermits(lease, permits);
  const next = { ...NO_PACING, allowance: null, number: divided.grantNumber + 1, permits, ...more };
  return isGrantDue(divided, next, always) ? withGrant(divided, next) : divided;
}

test('a report that crossed a grant on its way frees nothing of what was granted', () => {
  const lease = applyLeaseReport(grant(grant(EMPTY, 4), 6), report(1, { held: 2 }));
  expect(lease).toMatchObject({ permits: 6, held: 6, unanswered: 6 });
  expect(applyLeaseReport(lease, report(2, { held: 2, unanswered: 1 }))).toMatchObject({ held: 6, unanswered: 1 });
});

test('what was taken away is held until a report that has seen it says that it is free', () => {
  const lease = grant(grant(EMPTY, 6), 2);
  expect(lease).toMatchObject({ permits: 2, held: 6 });
  expect(applyLeaseReport(lease, report(1, { held: 3 }))).toMatchObject({ held: 6 });
  expect(applyLeaseReport(lease, report(2, { held: 3 }))).toMatchObject({ held: 3 });
  expect(applyLeaseReport(lease, report(2, { held: 1 }))).toMatchObject({ held: 2 });
});

test('a grant that changes no permits leaves reports of the one before as good as they were', () => {
  const lease = grant(grant(EMPTY, 6), 2);
  const faster = grant(lease, 2, { spacingMs: 10 });
  expect(faster.grantNumber).toBe(3);
  expect(applyLeaseReport(faster, report(2, { held: 3 }))).toMatchObject({ held: 3 });
});

test('with a refusal it says what it had in progress then, whatever it was granted since', () => {
  const lease = grant(grant(EMPTY, 4), 9);
  expect(applyLeaseReport(lease, report(1, { held: 4, unanswered: 3, feedback: REFUSED })).unanswered).toBe(3);
  expect(applyLeaseReport(lease, report(1, { held: 4, unanswered: 3 })).unanswered).toBe(9);
});

test('one that rests what was refused gets a grant when the reply is due, even if nothing has changed', () => {
  const lease = grant(EMPTY, 4);
  const waiting = applyLeaseReport(lease, report(1, { held: 4, feedback: REFUSED }));
  expect(grant(waiting, 4).grantNumber).toBe(1);
  const replied = grant(withReplyDue(waiting), 4);
  expect(replied).toMatchObject({ grantNumber: 2, awaitsReply: false, replyDue: false });
  expect(grant(replied, 4).grantNumber).toBe(2);
});

test('a lender that was reset believes no report before it has granted anew, with a number that counts', () => {
  const lease = grant(EMPTY, 2);
  const reset = applyLeaseReport(lease, report(7, { held: 1 }));
  expect(reset).toMatchObject({ grantNumber: 7, held: 2, replyDue: true });
  const anew = grant(reset, 2);
  expect(anew.lastGrant).toMatchObject({ number: 8, permits: 2 });
  expect(applyLeaseReport(grant(reset, 1), report(7, { held: 1 })).held).toBe(2);
  expect(applyLeaseReport(grant(reset, 1), report(8, { held: 1 })).held).toBe(1);
});

test('whatever arrives in whatever order, a lender counts as held what the holder may have in flight', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant('grant' as const), permits: fc.nat({ max: 9 }) }),
      fc.record({ do: fc.constantFrom('receive' as const, 'report' as const, 'arrive' as const) }),
      fc.record({ do: fc.constantFrom('begin' as const, 'end' as const), jobs: fc.nat({ max: 9 }) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (script) => {
      let lease = EMPTY;
      const grants: Grant[] = [];
      const reports: LeaseReport[] = [];
      const holder = { permits: 0, grantSeen: 0, running: 0 };
      for (const step of script) {
        if (step.do === 'grant') {
          const before = lease;
          lease = grant(lease, step.permits);
          if (lease.lastGrant !== null && lease.grantNumber > before.grantNumber) grants.push(lease.lastGrant);
        }
        if (step.do === 'receive') {
          const next = grants.shift();
          if (next !== undefined) Object.assign(holder, { permits: next.permits, grantSeen: next.number });
        }
        if (step.do === 'begin') {
          holder.running = Math.max(holder.running, Math.min(holder.permits, holder.running + step.jobs));
        }
        if (step.do === 'end') holder.running = Math.max(0, holder.running - step.jobs);
        if (step.do === 'report') reports.push(report(holder.grantSeen, { held: holder.running }));
        if (step.do === 'arrive') {
          const next = reports.shift();
          if (next !== undefined) lease = applyLeaseReport(lease, next);
        }
        const mayHold = Math.max(holder.running, holder.permits, ...grants.map(({ permits }) => permits));
        const isUnreported = lease.held >= Math.max(holder.running, lease.permits);
        expect({ isUnreported, isBounded: lease.held <= Math.max(9, mayHold) }).toEqual({
          isUnreported: true,
          isBounded: true,
        });
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each<readonly [string, Partial<Pacing>, number, Partial<Pacing>]>([
  ['a rate', { spacingMs: 100 }, 5, { spacingMs: 200 }],
  ['a rate with all permits', { spacingMs: 100 }, 10, { spacingMs: 100 }],
  ['a rate without a permit', { spacingMs: 100 }, 0, { spacingMs: null }],
  ['reports', { reportAfter: 9 }, 5, { reportAfter: 5 }],
  ['a report that is due at once', { reportAfter: 1 }, 1, { reportAfter: 1 }],
  ['reports while answers are lost', { reportAfter: 9, answersLost: true }, 0, { reportAfter: 1, answersLost: true }],
  ['a probe', { probe: true }, 1, { probe: true }],
  ['a probe of another holder', { probe: true }, 0, { probe: false }],
  ['a rest', { restUntil: 5, paceChange: 3 }, 0, { restUntil: 5, paceChange: 3 }],
])('of ten permits, %s is shared out with them', (_what, whole, permits, part) => {
  expect(sharePacing({ ...NO_PACING, ...whole }, permits, 10)).toEqual({ ...NO_PACING, ...part });
});

test.each<readonly [string, Partial<Grant>, boolean]>([
  ['its number', { number: 2 }, true],
  ['the change of pace', { paceChange: 1 }, true],
  ['the reports that are asked for', { reportAfter: 3 }, true],
  ['permits', { permits: 2 }, false],
  ['the rate', { spacingMs: 3 }, false],
  ['a rest', { restUntil: 3 }, false],
  ['a probe', { probe: true }, false],
  ['lost answers', { answersLost: true }, false],
  ['what may be spent', { allowance: { submissions: 1, cost: null, duplicates: 0 } }, false],
])('a grant that differs in %s means the same: %s', (_what, change, isSame) => {
  const one: Grant = { ...NO_PACING, allowance: null, number: 1, permits: 1 };
  expect(isSameGrant(one, { ...one, ...change })).toBe(isSame);
});

/** Applies a holder's report to the account: its lease, spending, feedback, and the pace. Pure. */
import { withFeedback } from '../leases/fault-streaks';
import { countRefusals, type ProviderFeedback } from '../leases/feedback';
import type { HolderReport } from '../leases/governor-protocol';
import { getProbe } from '../leases/held-operations';
import { sumUsage } from '../leases/lease';
import { toOperationFeedback } from '../leases/operation-feedback';
import { advanceDay, type DayBudget } from '../money/day-budget';
import { closeDraws, recordBatchSpending, recordItemSpending, restoreDraw, settleDraw } from '../money/day-draws';
import { applyPaceReport } from '../pace/pace';
import { type Hold, judgeHold, MAX_SILENT_REST_MS, withEarlierFeedback } from './account-hold';
import { withFirst, withItem } from './account-queue';
import { type AccountState, isAllInUse, recordDecision, removeHolders } from './account-state';
import { applyBalance } from './balance-hold';
import { liftHold, liftIdleHold, placeHold } from './hold-transitions';
import { isProbing, toBatchHolder } from './holder';
import { applyOperations } from './operation-holds';
import { hasOpenItem, liftIdleOperations } from './operation-probes';
import { restoreAccount } from './restore-account';

/** Maximum batches remembered; further ones that hold nothing are ignored and ask again later. */
export const MAX_BATCHES = 500;

/** Applies a holder's report about itself and about the provider. */
export function applyReport(state: AccountState, given: HolderReport, now: number): AccountState {
  if (exceedsMaxBatches(state, given)) return state;
  const report = given.kind === 'item' ? withOperation(state, given) : given;
  const known = withHolder({ ...state, day: applySpending(state, report, now) }, report, now);
  const held = applyFeedback(known, dropLateAcceptance(state, report), selectProbeFeedback(state, report), now);
  const evidence = report.kind === 'item' ? toItemEvidence(report, state) : toBatchEvidence(report, held);
  const paced = applyToPace(held, { ...report, ...evidence }, now);
  const left = report.leaving ? liftIdleHold(removeHolders(paced, [report.holder]), now) : paced;
  return liftIdleOperations(left, now);
}

/** A single item has one operation, so all its feedback is about that. */
function withOperation({ holders }: AccountState, report: HolderReport): HolderReport {
  const { holder, feedback, operation } = report;
  const { accepted, completed, operations } = feedback;
  if (operation === null || (accepted + completed === 0 && operations === undefined)) return report;
  const { lastGrant = null } = holders.find(({ id }) => id === holder) ?? {};
  const isProbe = lastGrant !== null && getProbe(lastGrant, operation) !== null;
  const own = { [operation]: toOperationFeedback(feedback, operation, isProbe) };
  return { ...report, feedback: { ...feedback, operations: own } };
}

/** The holder has no permits, so nothing is lost if it is ignored. */
function exceedsMaxBatches({ holders }: AccountState, { holder, kind, held }: HolderReport): boolean {
  if (kind !== 'batch' || held > 0 || holders.length < MAX_BATCHES) return false;
  const batches = holders.filter((one) => one.kind === 'batch');
  return batches.length >= MAX_BATCHES && !batches.some(({ id }) => id === holder);
}

function applySpending({ day, holders }: AccountState, report: HolderReport, now: number): DayBudget {
  const { holder: id, kind, isNew, leaving, remembered } = report;
  const today = advanceDay(day, now);
  const isRestored = kind === 'batch' && !isNew && !holders.some((holder) => holder.id === id);
  const budget = isRestored ? restoreDraw(today, id, report, remembered?.day ?? null) : recordSpending(today, report);
  if (!leaving) return budget;
  // A single item that does not report its outcome may have spent its submission.
  return kind === 'item' ? closeDraws(budget, [id]) : settleDraw(budget, id);
}

function recordSpending(day: DayBudget, report: HolderReport): DayBudget {
  const { holder, kind, isNew } = report;
  return kind === 'item' ? recordItemSpending(day, holder, report) : recordBatchSpending(day, holder, report, isNew);
}

type PaceEvidence = Pick<HolderReport, 'paceSeen' | 'feedback'>;

/** A saturated holder says nothing about the limit while another holder has idle permits. */
function toBatchEvidence({ paceSeen, feedback }: HolderReport, after: AccountState): PaceEvidence {
  return { paceSeen, feedback: { ...feedback, saturated: feedback.saturated && isAllInUse(after) } };
}

/**
 * A single item knows only itself; the governor adds the pace it knew and whether all permits were in use. It reports
 * when it returns its permit, so all were in use before the report or never.
 */
function toItemEvidence({ holder, feedback }: HolderReport, before: AccountState): PaceEvidence {
  const { lastGrant } = before.holders.find(({ id }) => id === holder) ?? { lastGrant: null };
  const isFull = before.hold === null && before.store === null && isAllInUse(before) && hasOpenItem(before);
  return { paceSeen: lastGrant?.paceChange ?? 0, feedback: { ...feedback, saturated: isFull } };
}

function withHolder(state: AccountState, report: HolderReport, now: number): AccountState {
  if (report.kind === 'item') return queueItem(state, report);
  const known = state.holders.find(({ id }) => id === report.holder);
  // A new run with the same id starts without the grants of an earlier run.
  const before = report.isNew ? undefined : known;
  const holder = toBatchHolder(report, before, now);
  const holders =
    known === undefined ? [...state.holders, holder] : state.holders.map((other) => (other === known ? holder : other));
  return { ...restoreAccount(state, report, now), holders };
}

/** A single item reports when it asks, is refused or leaves; it holds no permit at any of these times. */
function queueItem(state: AccountState, { holder: id, waits, operation }: HolderReport): AccountState {
  const known = state.holders.find((holder) => holder.id === id);
  if (known === undefined) return { ...state, queue: withItem(state.queue, { id, waits, operation: operation ?? '' }) };
  const holders = state.holders.filter((holder) => holder !== known);
  return { ...state, holders, queue: withFirst(state.queue, [known]) };
}

/** A single item reports its acceptance when its job has ended; answers may have been lost since. */
function dropLateAcceptance(
  { streaks, holders }: AccountState,
  { holder, kind, feedback }: HolderReport,
): ProviderFeedback {
  if (kind === 'batch' || feedback.accepted === 0 || streaks.lostSince === null) return feedback;
  const sentAt = holders.find(({ id }) => id === holder)?.lastSeenAt ?? 0;
  return sentAt > streaks.lostSince ? feedback : { ...feedback, accepted: 0 };
}

/** A single item's report is about one submission; a batch has others in flight. */
function selectProbeFeedback(
  { holders }: AccountState,
  { holder, kind, feedback }: HolderReport,
): ProviderFeedback | null {
  if (!holders.some((one) => one.id === holder && isProbing(one))) return null;
  return kind === 'item' ? feedback : feedback.ofProbe;
}

function applyFeedback(
  state: AccountState,
  feedback: ProviderFeedback,
  ofProbe: ProviderFeedback | null,
  now: number,
): AccountState {
  const streaks = withFeedback(state.streaks, feedback, now);
  const counted = { ...state, streaks };
  const verdict = judgeHold(state.hold, { feedback, ofProbe, before: state.streaks, streaks }, now);
  const judged = applyVerdict(counted, verdict, feedback, now);
  return applyBalance(applyOperations(judged, feedback.operations ?? {}, now), feedback, ofProbe, now);
}

function applyVerdict(
  state: AccountState,
  verdict: Hold | 'lifted' | null,
  feedback: ProviderFeedback,
  now: number,
): AccountState {
  if (verdict === null) return { ...state, hold: withEarlierFeedback(state.hold, feedback) };
  return verdict === 'lifted' ? liftHold(state, now) : placeHold(state, verdict, now);
}

function applyToPace(state: AccountState, { feedback, paceSeen }: HolderReport, now: number): AccountState {
  const { accepted, refusals, retryAfterMs, saturated } = feedback;
  const { inFlight, unanswered } = sumUsage(state.holders);
  const { pace, decision } = applyPaceReport(state.pace, {
    at: now,
    inFlight,
    unanswered,
    accepted,
    refusals,
    // A long rest becomes a hold.
    retryAfterMs: retryAfterMs !== null && retryAfterMs > MAX_SILENT_REST_MS ? null : retryAfterMs,
    paceSeen,
    saturated,
  });
  const refused = countRefusals(refusals);
  const paced = { ...state, pace, ...(refused === 0 ? {} : { refusals: (state.refusals ?? 0) + refused }) };
  return decision === null ? paced : recordDecision(paced, decision, now);
}

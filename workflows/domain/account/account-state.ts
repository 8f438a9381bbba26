/**
 * The governor's decisions: what becomes of the account when a holder reports, asks or leaves, and what each holder is
 * to be told. Pure: a state, an event and the time in, a state out.
 */
import { HELD_BY_REQUEST, type HoldNotice } from '../failures/hold-codes';
import { type FaultStreaks, MAX_LOST_IN_A_ROW, NO_STREAKS, withFeedback } from '../leases/fault-streaks';
import { countRefusals, NO_FEEDBACK, needsReply, type ProviderFeedback } from '../leases/feedback';
import type { Grant, HolderReport, PermitAsk } from '../leases/governor-protocol';
import {
  advanceDay,
  buildUsedUpNotice,
  closeDraws,
  computeDayEnd,
  type DayBudget,
  type DayCap,
  findOutOfBudget,
  forgetDraws,
  isPayable,
  newDay,
  openItemDraws,
  recordBatchSpending,
  recordItemSpending,
  reserve,
  restoreDraw,
  setCap,
  settleDraw,
  toAllowance,
  toMemory,
} from '../money/day-budget';
import {
  applyPaceReport,
  computeReportThreshold,
  foundLimits,
  getRate,
  NO_BOUNDS,
  newPace,
  type Pace,
  type PaceBounds,
  withBounds,
} from '../pace/pace';
import {
  type Hold,
  isRefusing,
  judgeHold,
  MAX_CLEARING_MS,
  MAX_SILENT_REST_MS,
  newRequestedHold,
  startProbe,
  toNotice,
} from './account-hold';
import { hasItem, parseEntry, type Queue, takeImpatient, withFirst, withItem, withoutItems } from './account-queue';
import { type Claim, computeFairShares, computeTargets, divideWindow } from './account-shares';
import { buildStoreNotice, computeSilenceEnd, newStoreHold, STORE_CODE, type StoreHold } from './store-hold';

export interface Holder extends Claim {
  readonly id: string;
  readonly inFlight: number;
  /** About to be sent. */
  readonly scheduled: number;
  /** Submissions without an answer: it has told them, or may have begun them with permits that it has not spoken of. */
  readonly unanswered: number;
  /** Number of the last grant that it was told. */
  readonly number: number;
  /** Number of the grant since which its permits are what they are: who knew it can hold no more than it says. */
  readonly permitsSince: number;
  /** What it was last told; `null`: nothing yet. */
  readonly lastGrant: Grant | null;
  /** It waits for an answer, even if nothing has changed for it. */
  readonly replyDue: boolean;
  /** Of a single image: it waits while the account is held. */
  readonly waits: boolean;
  /** In ms since the epoch, as all times here. */
  readonly lastSeenAt: number;
  /** When it last said anything of itself, or was given more than it had in hand. */
  readonly quietSince: number;
  /** It has said nothing for long, so that others have what it is not known to use. Absent: it speaks. */
  readonly silent?: true;
}

export interface DecisionEntry {
  readonly at: number;
  readonly words: string;
}

/** Upper bounds by who has set them. */
interface Bounds {
  /** Of the workers. */
  readonly settings: PaceBounds;
  /** By somebody who asked for it. */
  readonly request: PaceBounds;
}

export interface AccountState {
  readonly bounds: Bounds;
  readonly pace: Pace;
  readonly day: DayBudget;
  /** Batches, and single images that have a permit. */
  readonly holders: readonly Holder[];
  /** Single images that have none. */
  readonly queue: Queue;
  readonly hold: Hold | null;
  /** Nobody submits since results cannot be stored; ends by itself, whatever else is held. */
  readonly store: StoreHold | null;
  readonly streaks: FaultStreaks;
  /** The newest last. */
  readonly decisions: readonly DecisionEntry[];
  /** When permits were last divided. */
  readonly dividedAt: number;
  /** When an image was last given a permit. */
  readonly itemAt: number;
}

const MAX_DECISIONS = 20;
/** Longer texts in a decision are cut. */
const MAX_WORDS = 300;
/** Ids that a decision names. */
const MAX_IDS_NAMED = 3;
/** Single images that have a permit at once: each is looked after, and is carried from one run to the next. */
const MAX_ITEMS_IN_FLIGHT = 1_000;
/** Batches that are remembered; those beyond that hold nothing are not, and ask again after a while. */
export const MAX_BATCHES = 500;
/** A holder that owes a permit's worth of time to another gives way after this time. */
const ROTATION_MS = 5_000;
/**
 * Whoever says nothing for so long keeps only what it has in flight, if others wait. Longer than the longest POST, during
 * which a holder has nothing to say.
 */
const MAX_SILENCE_MS = 75_000;
/** A single image says nothing while its job runs, which is over by then. */
const MAX_ITEM_SILENCE_MS = 30 * 60_000;

/** @param settings of the worker that starts it */
export function newAccount(settings: PaceBounds, now: number): AccountState {
  const bounds = { settings, request: NO_BOUNDS };
  return {
    bounds,
    pace: newPace(settings),
    day: newDay(now),
    holders: [],
    queue: [],
    hold: null,
    store: null,
    streaks: NO_STREAKS,
    decisions: [],
    dividedAt: now,
    itemAt: 0,
  };
}

/** Takes in what a holder says of itself, and what it says of the provider. */
export function applyReport(state: AccountState, report: HolderReport, now: number): AccountState {
  if (isBeyondBound(state, report)) return state;
  const known = withHolder({ ...state, day: applySpending(state, report, now) }, report, now);
  const held = applyFeedback(known, dropLateAcceptance(state, report), selectProbeFeedback(state, report), now);
  const evidence = report.kind === 'item' ? completeItemEvidence(report, state) : narrowBatchEvidence(report, held);
  const paced = applyToPace(held, { ...report, ...evidence }, now);
  return report.leaving ? removeHolders(paced, [report.holder]) : paced;
}

/** It holds nothing, so nothing is lost if it is not remembered. */
function isBeyondBound({ holders }: AccountState, { holder, kind, held }: HolderReport): boolean {
  if (kind !== 'batch' || held > 0 || holders.length < MAX_BATCHES) return false;
  const batches = holders.filter((one) => one.kind === 'batch');
  return batches.length >= MAX_BATCHES && !batches.some(({ id }) => id === holder);
}

function applySpending({ day, holders }: AccountState, report: HolderReport, now: number): DayBudget {
  const { holder: id, kind, isNew, leaving, remembered } = report;
  const today = advanceDay(day, now);
  const isRestored = kind === 'batch' && isNew !== true && !holders.some((holder) => holder.id === id);
  const budget = isRestored ? restoreDraw(today, id, report, remembered?.day) : recordSpending(today, report);
  if (!leaving) return budget;
  // An image that does not say what became of its submission may have spent it.
  return kind === 'item' ? closeDraws(budget, [id]) : settleDraw(budget, id);
}

function recordSpending(day: DayBudget, report: HolderReport): DayBudget {
  const { holder, kind, isNew = false } = report;
  return kind === 'item' ? recordItemSpending(day, holder, report) : recordBatchSpending(day, holder, report, isNew);
}

type PaceEvidence = Pick<HolderReport, 'paceSeen' | 'feedback'>;

/** One holder that is full says nothing of the limit while another leaves its permits idle. */
function narrowBatchEvidence({ paceSeen, feedback }: HolderReport, after: AccountState): PaceEvidence {
  return { paceSeen, feedback: { ...feedback, saturated: feedback.saturated && isAllInUse(after) } };
}

/**
 * A single image sees nothing but itself: what it knew, and whether all permits were in use, is known here. It speaks
 * when it leaves its own, so that all were in use before it spoke or never.
 */
function completeItemEvidence({ holder, feedback }: HolderReport, before: AccountState): PaceEvidence {
  const { lastGrant } = before.holders.find(({ id }) => id === holder) ?? { lastGrant: null };
  const isFull = before.queue.length > 0 && before.hold === null && before.store === null && isAllInUse(before);
  return { paceSeen: lastGrant?.paceChange ?? 0, feedback: { ...feedback, saturated: isFull } };
}

function isWaitingItem({ kind, held, silent }: Holder): boolean {
  return kind === 'item' && held === 0 && silent !== true;
}

function withHolder(state: AccountState, report: HolderReport, now: number): AccountState {
  if (report.kind === 'item') return queueItem(state, report);
  const known = state.holders.find(({ id }) => id === report.holder);
  // What an earlier run of the same id was told is nothing to the one that has just begun.
  const before = report.isNew === true ? undefined : known;
  const holder = toBatchHolder(report, before, now);
  const holders =
    known === undefined ? [...state.holders, holder] : state.holders.map((other) => (other === known ? holder : other));
  return { ...state, pace: restorePace(state, report), holders };
}

/** A single image speaks when it asks, is refused or leaves, and at none of these times it holds a permit. */
function queueItem(state: AccountState, { holder: id, waits }: HolderReport): AccountState {
  const known = state.holders.find((holder) => holder.id === id);
  if (known === undefined) return { ...state, queue: withItem(state.queue, id, waits === true) };
  const holders = state.holders.filter((holder) => holder !== known);
  return { ...state, holders, queue: withFirst(state.queue, [known]) };
}

/** One that is about to get a permit, or not. */
function newItemHolder({ id, waits }: { readonly id: string; readonly waits: boolean }, now: number): Holder {
  const nothing = {
    granted: 0,
    held: 0,
    inFlight: 0,
    scheduled: 0,
    unanswered: 0,
    deficit: 0,
    permitsSince: 0,
    lastGrant: null,
    number: 0,
  };
  return {
    id,
    kind: 'item',
    weight: 1,
    wants: 1,
    ...nothing,
    replyDue: false,
    waits,
    lastSeenAt: now,
    quietSince: now,
  };
}

function toBatchHolder(report: HolderReport, before: Holder | undefined, now: number): Holder {
  const granted = before?.granted ?? 0;
  // Until it has heard its newest grant it is believed to hold what it was granted.
  const upToDate = before === undefined || report.grantSeen >= before.permitsSince;
  return {
    id: report.holder,
    kind: report.kind,
    weight: report.weight,
    wants: report.wants,
    granted,
    held: upToDate ? Math.max(granted, report.held) : Math.max(before.held, report.held),
    inFlight: report.inFlight,
    scheduled: report.scheduled ?? 0,
    unanswered: unansweredOf(report, before, upToDate),
    deficit: before?.deficit ?? 0,
    number: Math.max(before?.number ?? 0, report.grantSeen),
    permitsSince: before?.permitsSince ?? 0,
    lastGrant: before?.lastGrant ?? null,
    replyDue: (before?.replyDue ?? true) || needsReply(report.feedback),
    waits: true,
    lastSeenAt: now,
    quietSince: now,
  };
}

/** One that tells of a refusal tells what it had under way then, whatever it was given since. */
function unansweredOf(
  { unanswered = 0, feedback }: HolderReport,
  before: Holder | undefined,
  upToDate: boolean,
): number {
  if (upToDate || countRefusals(feedback.refusals) > 0) return unanswered;
  return Math.max(before?.unanswered ?? 0, unanswered);
}

/** A governor that knows nothing yet starts from what the first holder remembers of the one before. */
function restorePace({ pace, holders }: AccountState, { remembered }: HolderReport): Pace {
  if (remembered === null || holders.length > 0 || pace.change > 0) return pace;
  return newPace(pace.bounds, remembered);
}

/** A single image tells that it was accepted when its job has ended: by then answers may be lost that were not before. */
function dropLateAcceptance(
  { streaks, holders }: AccountState,
  { holder, kind, feedback }: HolderReport,
): ProviderFeedback {
  if (kind === 'batch' || feedback.accepted === 0 || streaks.lostSince === null) return feedback;
  const sentAt = holders.find(({ id }) => id === holder)?.lastSeenAt ?? 0;
  return sentAt > streaks.lostSince ? feedback : { ...feedback, accepted: 0 };
}

/** All that an image tells is of one submission; a batch has others under way besides. */
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
  if (verdict === null) return counted;
  return verdict === 'lifted' ? liftHold(counted, now) : placeHold(counted, verdict, now);
}

function applyToPace(state: AccountState, { feedback, paceSeen }: HolderReport, now: number): AccountState {
  const { accepted, refusals, retryAfterMs, saturated } = feedback;
  const { pace, decision } = applyPaceReport(state.pace, {
    at: now,
    inFlight: countInFlight(state),
    unanswered: state.holders.reduce((sum, { unanswered }) => sum + unanswered, 0),
    accepted,
    refusals,
    // A long rest is a hold.
    retryAfterMs: retryAfterMs !== null && retryAfterMs > MAX_SILENT_REST_MS ? null : retryAfterMs,
    paceSeen,
    saturated,
  });
  return decision === null ? { ...state, pace } : recordDecision({ ...state, pace }, decision, now);
}

function isAllInUse(state: AccountState): boolean {
  const scheduled = state.holders.reduce((sum, holder) => sum + (holder.scheduled ?? 0), 0);
  return countInFlight(state) + scheduled >= state.pace.window.size;
}

/** Jobs that were accepted and are not known to have ended. */
export function countInFlight({ holders }: AccountState): number {
  return holders.reduce((sum, { inFlight }) => sum + inFlight, 0);
}

/** Holders that have ended without a word; their permits are free. */
export function reclaimPermits(state: AccountState, ids: readonly string[], now: number): AccountState {
  const known = state.holders.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  const left = removeHolders(state, ids);
  if (known.length === 0) return left;
  return recordDecision(
    { ...left, day: closeDraws(state.day, known) },
    `ended, so that their permits are free: ${listIds(known)}`,
    now,
  );
}

function listIds(ids: readonly string[]): string {
  const more = ids.length > MAX_IDS_NAMED ? ` and ${ids.length - MAX_IDS_NAMED} more` : '';
  return `${ids.slice(0, MAX_IDS_NAMED).join(', ')}${more}`;
}

/** They were looked after, and are there. */
export function markSeen(state: AccountState, ids: readonly string[], now: number): AccountState {
  if (ids.length === 0) return state;
  const holders = state.holders.map((holder) => (ids.includes(holder.id) ? { ...holder, lastSeenAt: now } : holder));
  return { ...state, holders };
}

/** A worker cannot store results, or can again (`null`). */
export function applyStoreReport(state: AccountState, problem: string | null, now: number): AccountState {
  if (problem === null) return liftStoreHold(state, now);
  const store = newStoreHold(state.store, problem, now);
  if (state.store !== null) return { ...state, store };
  return recordDecision({ ...state, store }, `held: ${STORE_CODE}: ${store.cause}`, now);
}

function liftStoreHold(state: AccountState, now: number): AccountState {
  return state.store === null ? state : recordDecision({ ...state, store: null }, `goes on after ${STORE_CODE}`, now);
}

export function holdAccount(state: AccountState, reason: string, now: number): AccountState {
  return placeHold(state, newRequestedHold(reason, now), now);
}

/** Why an image is refused that does not want to wait; `null`: it may be queued. */
export function findRejection(
  state: AccountState,
  { holder, again }: Pick<PermitAsk, 'holder' | 'again'>,
  now: number,
): HoldNotice | null {
  const { hold, store, holders } = state;
  const isNew = again !== true && !holders.some(({ id }) => id === holder) && !hasItem(state.queue, holder);
  if (hold !== null && isRefusing(hold, isNew) && !isProbeWanted(state)) return toNotice(hold);
  if (store !== null && isNew) return buildStoreNotice(store);
  const day = advanceDay(state.day, now);
  return isPayable(day, null) ? null : buildUsedUpNotice(day, now);
}

/** Somebody has asked whether the hold is over, and nobody has gone to see: whoever comes next does. */
function isProbeWanted({ hold, holders }: AccountState): boolean {
  return hold?.probing === true && !holders.some(isProbing);
}

/** What was held by request goes on, as does what waits for the store; what met a wall sends one item ahead. */
export function resumeAccount(state: AccountState, now: number): AccountState {
  return resumeHold(liftStoreHold(state, now), now);
}

function resumeHold(state: AccountState, now: number): AccountState {
  const { hold } = state;
  if (hold === null) return state;
  if (hold.probing) return hold.again === true ? state : { ...state, hold: { ...hold, again: true } };
  if (hold.kind === 'request') return liftHold(state, now);
  return recordDecision(
    { ...state, hold: startProbe(hold, now) },
    `one item goes ahead to see whether ${hold.code} is over`,
    now,
  );
}

/** Takes in what may be spent a day; what is left out stays. */
export function setDayCap(state: AccountState, change: Partial<DayCap>, now: number): AccountState {
  const day = setCap(advanceDay(state.day, now), change);
  const { submissions, cost } = day.cap;
  const words = `at most ${submissions ?? 'any number of'} submissions and ${cost === null ? 'any cost' : `a cost of ${cost}`} a day`;
  return recordDecision({ ...state, day }, words, now);
}

/** Takes in what one side says of the plan; what the other side says is not passed by it. */
export function setBounds(state: AccountState, by: keyof Bounds, said: PaceBounds, now: number): AccountState {
  const bounds = { ...state.bounds, [by]: said };
  return applyBounds({ ...state, bounds }, combineBounds(bounds), now);
}

function combineBounds({ settings, request }: Bounds): PaceBounds {
  return {
    maxConcurrency: minOrNull(settings.maxConcurrency, request.maxConcurrency),
    maxRate: minOrNull(settings.maxRate, request.maxRate),
  };
}

function minOrNull(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function applyBounds(state: AccountState, bounds: PaceBounds, now: number): AccountState {
  const { maxConcurrency, maxRate } = bounds;
  const known = state.pace.bounds;
  if (maxConcurrency === known.maxConcurrency && maxRate === known.maxRate) return state;
  const words = `at most ${maxConcurrency ?? 'any number of'} jobs in flight and ${maxRate ?? 'any number of'} submissions/s, by setting`;
  return recordDecision({ ...state, pace: withBounds(state.pace, bounds) }, words, now);
}

/** A probe that is due goes by itself. */
export function applyTime(before: AccountState, now: number): AccountState {
  const isSilent = before.store !== null && computeSilenceEnd(before.store) <= now;
  const state = isSilent ? liftStoreHold(before, now) : before;
  const { probeAt } = state.hold ?? { probeAt: null };
  return probeAt !== null && probeAt <= now && state.hold?.probing === false ? resumeHold(state, now) : state;
}

/** When time alone changes something, in ms since the epoch; `null`: never. */
export function nextTickAt(state: AccountState, now: number): number | null {
  const { store } = state;
  const times = [nextRotationAt(state, now), store === null ? null : computeSilenceEnd(store), nextLapseAt(state)];
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** When one that says nothing loses what it does not use; `null`: never, for nobody waits for it. */
function nextLapseAt(state: AccountState): number | null {
  if (computeWindow(state) === 0) return null;
  const times = state.holders.filter((holder) => isIdle(holder) && isWaitedFor(state, holder)).map(computeLapse);
  return times.length === 0 ? null : Math.min(...times);
}

function computeLapse({ kind, quietSince }: Holder): number {
  return quietSince + (kind === 'item' ? MAX_ITEM_SILENCE_MS : MAX_SILENCE_MS);
}

/** It has permits of which it is not known that they are used. */
function isIdle({ kind, held, inFlight, silent }: Holder): boolean {
  return silent !== true && held > 0 && (kind === 'item' || held > inFlight);
}

function isWaitedFor({ queue, holders }: AccountState, { id }: Holder): boolean {
  return queue.length > 0 || holders.some((other) => other.id !== id && !other.silent && other.wants > other.held);
}

/** What holders have that say nothing is for others, until they speak. */
function withdrawUnused(state: AccountState, now: number): AccountState {
  if (computeWindow(state) === 0) return state;
  const isLapsed = (holder: Holder) => isIdle(holder) && computeLapse(holder) <= now && isWaitedFor(state, holder);
  const lapsed = state.holders.filter(isLapsed).map(({ id }) => id);
  if (lapsed.length === 0) return state;
  const holders = state.holders.map((holder) => (lapsed.includes(holder.id) ? silence(holder) : holder));
  return recordDecision(
    { ...state, holders },
    `silent, so that others have what they do not use: ${listIds(lapsed)}`,
    now,
  );
}

function silence(holder: Holder): Holder {
  const inFlight = holder.kind === 'item' ? 0 : holder.inFlight;
  return {
    ...holder,
    inFlight,
    unanswered: 0,
    held: inFlight,
    granted: Math.min(holder.granted, inFlight),
    silent: true,
  };
}

function nextRotationAt(state: AccountState, now: number): number | null {
  const { hold } = state;
  if (hold !== null && !hold.probing) return hold.probeAt;
  const { clearBy } = hold ?? { clearBy: null };
  if (clearBy !== null && clearBy > now && isAnyBeforeProbe(state)) return clearBy;
  const itemAt = nextItemAt(state);
  if (itemAt > now && state.queue.length > 0) return itemAt;
  if (state.hold === null && state.store === null && hasWaitingBatch(state)) return state.dividedAt + ROTATION_MS;
  return state.day.usedUpAt === null ? null : computeDayEnd(state.day);
}

/** Images go one by one where the rate is limited, and none while the provider has asked for a rest. */
function nextItemAt({ pace, hold, itemAt }: AccountState): number {
  // One that goes ahead is alone.
  const rate = hold?.probing === true ? null : getRate(pace);
  return Math.max(pace.restUntil ?? 0, rate === null ? 0 : itemAt + 1_000 / rate);
}

/** Fewer permits than batches: they must take turns. */
function hasWaitingBatch({ day, holders }: AccountState): boolean {
  const outOfBudget = findOutOfBudget(day);
  return holders.some(
    ({ id, kind, wants, granted, held }) =>
      kind === 'batch' && wants > 0 && granted + held === 0 && !outOfBudget.has(id),
  );
}

/** Divides the window, and says whom to tell what. */
export function dividePermits(
  before: AccountState,
  now: number,
): { readonly state: AccountState; readonly notify: readonly Holder[] } {
  const { state: called, dismissed } = rejectImpatient(withdrawUnused(before, now), now);
  const { state: opened, promoted } = promote(called, now);
  const state = reserveForDay(opened, now);
  const shared = buildSharedGrantParts(state, now);
  const window = isClearing(state, now) ? 0 : computeWindow(state);
  const current = accrueDeficits(state, shared, window, now);
  const claims = holdBackItems(state, current, now).map((claim) => withAffordableWants(shared, claim));
  const permits =
    state.hold?.probing === true ? computeTargets(window, limitToProbe(claims)) : divideWindow(window, claims);
  const next = current.map((holder, index) => updateGrant(state, shared, holder, permits[index] ?? 0, now));
  const isItemGranted = next.some(
    (holder, index) => holder.kind === 'item' && holder.held > (current[index]?.held ?? 0),
  );
  const hold = restartClearing(state.hold, current, next, now);
  const result = { ...state, hold, holders: next, dividedAt: now, itemAt: isItemGranted ? now : state.itemAt };
  return {
    state: demote(result, promoted),
    notify: [...dismissed, ...next.filter((holder, index) => holder.lastGrant !== current[index]?.lastGrant)],
  };
}

/** What was sent ahead by one that goes ahead no more may still be under way: the next waits for it as for all else. */
function restartClearing(
  hold: Hold | null,
  before: readonly Holder[],
  after: readonly Holder[],
  now: number,
): Hold | null {
  if (hold?.probing !== true || !before.some(isProbing) || after.some(isProbing)) return hold;
  return { ...hold, clearBy: now + MAX_CLEARING_MS };
}

/** Images that do not wait for the end of what only a person can end hear of it, and wait no more. */
function rejectImpatient(
  state: AccountState,
  now: number,
): { readonly state: AccountState; readonly dismissed: readonly Holder[] } {
  const notice = findCommonRejection(state, now);
  const { taken, queue } = notice === null ? { taken: [], queue: state.queue } : takeImpatient(state.queue);
  if (taken.length === 0 || notice === null) return { state, dismissed: [] };
  const shared = buildSharedGrantParts(state, now);
  const dismissed = taken.map((image) => {
    const holder = newItemHolder(image, now);
    return { ...holder, lastGrant: { ...buildGrant(state, shared, holder, 0), hold: notice } };
  });
  return { state: { ...state, queue }, dismissed };
}

/** Why images that do not want to wait are not kept, even if they are on their way. */
function findCommonRejection({ hold, day }: AccountState, now: number): HoldNotice | null {
  if (hold !== null && !hold.probing && isRefusing(hold, false)) return toNotice(hold);
  return day.usedUpAt !== null && !isPayable(advanceDay(day, now), null) ? buildUsedUpNotice(day, now) : null;
}

/** The first images of the queue, as many as there may be room for, take part when permits are divided. */
function promote(
  state: AccountState,
  now: number,
): { readonly state: AccountState; readonly promoted: readonly string[] } {
  const { hold, holders, queue } = state;
  const going = holders.filter((holder) => (hold?.probing === true ? isProbing(holder) : isGoing(holder)));
  const room = Math.max(0, Math.min(computeWindow(state), MAX_ITEMS_IN_FLIGHT) - going.length);
  const items = queue.slice(0, room).map(parseEntry);
  if (items.length === 0) return { state, promoted: [] };
  const promoted = items.map(({ id }) => id).filter((id) => !Object.hasOwn(state.day.draws, id));
  const day = openItemDraws(advanceDay(state.day, now), promoted);
  const all = [...holders, ...items.map((item) => newItemHolder(item, now))];
  return { state: { ...state, day, holders: all, queue: queue.slice(room) }, promoted };
}

function isGoing({ kind, silent }: Holder): boolean {
  return kind === 'item' && silent !== true;
}

/** Those that got nothing wait on, before the others. */
function demote(state: AccountState, promoted: readonly string[]): AccountState {
  const back = state.holders.filter(isWaitingItem);
  if (back.length === 0) return state;
  const ids = new Set(back.map(({ id }) => id));
  return {
    ...state,
    day: forgetDraws(
      state.day,
      promoted.filter((id) => ids.has(id)),
    ),
    holders: state.holders.filter((holder) => !isWaitingItem(holder)),
    queue: withFirst(state.queue, back),
  };
}

/** Sets aside what each may spend next, images first. */
function reserveForDay(state: AccountState, now: number): AccountState {
  const { holders } = state;
  const items = holders.filter(({ kind }) => kind === 'item');
  const batches = holders.filter(({ kind }) => kind === 'batch');
  const day = reserve(advanceDay(state.day, now), [...items, ...batches], now);
  const next = { ...state, day };
  if (day.usedUpAt === null || state.day.usedUpAt !== null) return next;
  return recordDecision(
    next,
    `what may be spent today is used up, until ${new Date(computeDayEnd(day)).toISOString()}`,
    now,
  );
}

/** What every holder is told alike, put together once for all of them: there may be thousands. */
interface SharedGrantParts {
  readonly remembered: Grant['remembered'];
  /** Those who can pay for nothing today. */
  readonly outOfBudget: ReadonlySet<string>;
  /** Why those have no permit. */
  readonly usedUp: HoldNotice;
}

function buildSharedGrantParts({ day, pace }: AccountState, now: number): SharedGrantParts {
  const memory = toMemory(day, now);
  const remembered = { ...foundLimits(pace), ...(memory === undefined ? {} : { day: memory }) };
  return { remembered, outOfBudget: findOutOfBudget(day), usedUp: buildUsedUpNotice(day, now) };
}

/** One that can pay for nothing leaves its permits to the others, as does one that says nothing. */
function withAffordableWants({ outOfBudget }: SharedGrantParts, holder: Holder): Holder {
  if (holder.silent === true) return { ...holder, wants: Math.min(holder.wants, holder.inFlight) };
  return outOfBudget.has(holder.id) ? { ...holder, wants: 0 } : holder;
}

/** The probe waits for what is under way, but not for ever: only while there is no place for it besides. */
function isClearing(state: AccountState, now: number): boolean {
  const { hold, holders } = state;
  if (hold?.probing !== true || holders.some(isProbing) || !isAnyBeforeProbe(state)) return false;
  const held = holders.reduce((sum, { held: own }) => sum + own, 0);
  return now < (hold.clearBy ?? 0) || held >= countKnownPlaces(state.pace);
}

/** As many as may be in flight by all that is known; while the limit is looked for, that is what somebody has set. */
function countKnownPlaces({ window, bounds }: Pace): number {
  return window.searching ? (bounds.maxConcurrency ?? Number.POSITIVE_INFINITY) : window.size;
}

/** Whether anything is under way that was begun before one was sent ahead. */
function isAnyBeforeProbe({ holders }: AccountState): boolean {
  return holders.some((holder) => holder.held > 0 && !isProbing(holder));
}

/** One goes ahead: who does so already, else one that has more to do than it has under way. */
function limitToProbe(holders: readonly Holder[]): readonly Holder[] {
  const isAhead = holders.some(isProbing) ? isProbing : ({ wants, held }: Holder) => wants > held;
  return holders.map((holder) => ({ ...holder, wants: isAhead(holder) ? Math.min(1, holder.wants) : 0 }));
}

function isProbing({ lastGrant, granted }: Holder): boolean {
  return lastGrant?.probe === true && granted > 0;
}

/** Jobs that may be in flight by all together. */
export function computeWindow(state: AccountState): number {
  const { pace, hold, store, streaks } = state;
  if (store !== null) return 0;
  if (hold !== null) return hold.probing ? 1 : 0;
  if (streaks.lost === 0) return pace.window.size;
  // While answers are being lost no more is sent than it takes to know whether they all are.
  return Math.min(pace.window.size, countInFlight(state) + MAX_LOST_IN_A_ROW - streaks.lost);
}

/** Images that wait want nothing before their time, and one at a time where the rate is limited. */
function holdBackItems(state: AccountState, holders: readonly Holder[], now: number): readonly Holder[] {
  let free = now < nextItemAt(state) ? 0 : getRate(state.pace) === null ? Number.POSITIVE_INFINITY : 1;
  return holders.map((holder) => {
    if (!isWaitingItem(holder)) return holder;
    free -= 1;
    return free >= 0 ? holder : { ...holder, wants: 0 };
  });
}

function accrueDeficits(state: AccountState, word: SharedGrantParts, window: number, now: number): readonly Holder[] {
  const { holders, dividedAt } = state;
  const seconds = Math.min(60, (now - dividedAt) / 1_000);
  const claims = holders.map((holder) => withAffordableWants(word, holder));
  const fair = computeFairShares(window, claims);
  return holders.map((holder, index) => {
    const deficit = holder.deficit + ((fair[index] ?? 0) - holder.granted) * seconds;
    return { ...holder, deficit: claims[index]?.wants === 0 ? 0 : Math.max(-60, Math.min(60, deficit)) };
  });
}

function buildGrant(state: AccountState, word: SharedGrantParts, holder: Holder, permits: number): Grant {
  const { day, pace, hold } = state;
  const allowance = toAllowance(day, holder.id);
  return {
    number: holder.number + 1,
    permits,
    spacingMs: computeSpacing(state, holder, permits),
    restUntil: pace.restUntil,
    paceChange: pace.change,
    ...chooseReportThreshold(state, permits),
    probe: hold?.probing === true && permits > 0,
    hold: permits > 0 ? null : selectNotice(state, word, holder),
    remembered: word.remembered,
    ...(allowance === undefined ? {} : { allowance }),
  };
}

function updateGrant(
  state: AccountState,
  word: SharedGrantParts,
  holder: Holder,
  permits: number,
  now: number,
): Holder {
  const grant = buildGrant(state, word, holder, permits);
  const held = Math.max(permits, holder.held);
  const inFlight = holder.kind === 'item' ? held : holder.inFlight;
  const quietSince = permits > holder.held ? now : holder.quietSince;
  // Images count as in flight from their permit on.
  const unanswered = holder.kind === 'item' ? 0 : holder.unanswered + held - holder.held;
  const kept = { ...holder, granted: permits, held, inFlight, unanswered, quietSince };
  const shouldNotify =
    holder.kind === 'item' ? shouldNotifyItem(holder.lastGrant, grant) : shouldNotifyBatch(holder, grant);
  if (!shouldNotify) return kept;
  const permitsSince = holder.lastGrant?.permits === permits ? holder.permitsSince : grant.number;
  // An image that is called is heard of when its job has ended.
  const lastSeenAt = holder.kind === 'item' ? now : holder.lastSeenAt;
  return { ...kept, number: grant.number, permitsSince, lastGrant: grant, replyDue: false, lastSeenAt };
}

function chooseReportThreshold(
  { pace, streaks }: AccountState,
  permits: number,
): Pick<Grant, 'reportAfter' | 'answersLost'> {
  // The first answer that comes shows that they are not all lost.
  if (streaks.lost > 0) return { reportAfter: 1, answersLost: true };
  const accepted = computeReportThreshold(pace);
  return accepted === null || permits === 0 ? {} : { reportAfter: Math.ceil((accepted * permits) / pace.window.size) };
}

/** Why it has no permit; `null`: others have them all. */
function selectNotice(
  { hold, store }: AccountState,
  { outOfBudget, usedUp }: SharedGrantParts,
  { id }: Holder,
): HoldNotice | null {
  if (hold !== null) return toNotice(hold);
  if (store !== null) return buildStoreNotice(store);
  return outOfBudget.has(id) ? usedUp : null;
}

function shouldNotifyBatch({ replyDue, lastGrant }: Holder, grant: Grant): boolean {
  return replyDue || lastGrant === null || !isSameGrant(lastGrant, grant);
}

/** An image is told that it may go; one that has gone is told nothing. */
function shouldNotifyItem(told: Grant | null, { permits }: Grant): boolean {
  return permits > 0 && (told === null || told.permits === 0);
}

/** A rate belongs to the account, so each holder has the part of it that its permits are of the window. */
function computeSpacing({ pace }: AccountState, { kind }: Holder, permits: number): number | null {
  const rate = getRate(pace);
  if (rate === null || permits === 0 || kind === 'item') return null;
  return Math.ceil((1_000 * pace.window.size) / (rate * permits));
}

/** Whether a holder would do the same after both; what is only remembered is not worth a message. */
function isSameGrant(left: Grant, right: Grant): boolean {
  return (
    left.permits === right.permits &&
    left.spacingMs === right.spacingMs &&
    left.restUntil === right.restUntil &&
    left.allowance?.submissions === right.allowance?.submissions &&
    left.allowance?.cost === right.allowance?.cost &&
    left.probe === right.probe &&
    left.answersLost === right.answersLost &&
    left.hold?.code === right.hold?.code &&
    left.hold?.since === right.hold?.since
  );
}

function removeHolders(state: AccountState, ids: readonly string[]): AccountState {
  const holders = state.holders.filter(({ id }) => !ids.includes(id));
  return { ...state, holders, queue: withoutItems(state.queue, ids) };
}

function placeHold(state: AccountState, hold: Hold, now: number): AccountState {
  const again = state.hold?.probing ? ' again' : '';
  const next = recordDecision(
    { ...state, hold, streaks: { ...state.streaks, outages: 0 } },
    `held${again}: ${hold.code}`,
    now,
  );
  return state.hold?.again === true && hold.kind !== 'request' ? resumeAccount(next, now) : next;
}

function liftHold(state: AccountState, now: number): AccountState {
  const { hold } = state;
  return recordDecision(
    { ...state, hold: null, streaks: NO_STREAKS },
    `goes on after ${hold?.code ?? HELD_BY_REQUEST}`,
    now,
  );
}

function recordDecision(state: AccountState, words: string, now: number): AccountState {
  return {
    ...state,
    decisions: [...state.decisions, { at: now, words: words.slice(0, MAX_WORDS) }].slice(-MAX_DECISIONS),
  };
}

/** What a single image says by asking for its permit. */
export function toItemReport(holder: string, waits = false): HolderReport {
  const nothing = { held: 0, inFlight: 0, grantSeen: 0, paceSeen: 0, feedback: NO_FEEDBACK };
  return {
    holder,
    kind: 'item',
    weight: 1,
    wants: 1,
    ...nothing,
    leaving: false,
    remembered: null,
    ...(waits ? { waits } : {}),
  };
}

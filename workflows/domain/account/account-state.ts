/**
 * The governor's decisions: what becomes of the account when a holder reports, asks or leaves, and what each holder is
 * to be told. Pure: a state, an event and the time in, a state out.
 */
import { HELD_BY_REQUEST, type HoldNotice } from '../failures/hold-codes';
import { type FaultStreaks, MAX_LOST_IN_A_ROW, NO_STREAKS, withNews } from '../leases/fault-streaks';
import { type News, NO_NEWS, refusalCount, wantsAnswer } from '../leases/feedback';
import type { Grant, HolderReport, PermitAsk } from '../leases/governor-protocol';
import {
  allowanceOf,
  brokeOf,
  capped,
  type DayBudget,
  type DayCap,
  departed,
  endOf,
  forgotten,
  isPayable,
  left,
  memoryOf,
  newDay,
  openedForImages,
  recalled,
  setAside,
  spentByBatch,
  spentByImage,
  turned,
  usedUpNotice,
} from '../money/day-budget';
import {
  foundLimits,
  NO_BOUNDS,
  newPace,
  type Pace,
  type PaceBounds,
  paced,
  rateOf,
  withBounds,
  wordAfter,
} from '../pace/pace';
import {
  type Hold,
  isRefusing,
  judgeHold,
  MAX_CLEARING_MS,
  MAX_SILENT_REST_MS,
  noticeOf,
  probing,
  requestedHold,
} from './account-hold';
import { hasImage, imageIn, type Queue, takeImpatient, withFirst, withImage, withoutImages } from './account-queue';
import { type Claim, divided, fairShares, targets } from './account-shares';
import { endOfSilence, STORE_CODE, type StoreHold, storeHold, storeNotice } from './store-hold';

export interface Holder extends Claim {
  readonly id: string;
  readonly inFlight: number;
  /** About to be sent. */
  readonly parked: number;
  /** Submissions without an answer: it has told them, or may have begun them with permits that it has not spoken of. */
  readonly unanswered: number;
  /** Number of the last grant that it was told. */
  readonly number: number;
  /** Number of the grant since which its permits are what they are: who knew it can hold no more than it says. */
  readonly permitsSince: number;
  /** What it was last told; `null`: nothing yet. */
  readonly told: Grant | null;
  /** It waits for an answer, even if nothing has changed for it. */
  readonly owedAnswer: boolean;
  /** Of a single image: it waits while the account is held. */
  readonly waits: boolean;
  /** In ms since the epoch, as all times here. */
  readonly heardAt: number;
  /** When it last said anything of itself, or was given more than it had in hand. */
  readonly quietSince: number;
  /** It has said nothing for long, so that others have what it is not known to use. Absent: it speaks. */
  readonly silent?: true;
}

export interface Decision {
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
  readonly decisions: readonly Decision[];
  /** When permits were last divided. */
  readonly dividedAt: number;
  /** When an image was last given a permit. */
  readonly imageAt: number;
}

const DECISIONS_KEPT = 20;
/** Longer texts in a decision are cut. */
const MAX_WORDS = 300;
/** Ids that a decision names. */
const IDS_NAMED = 3;
/** Single images that have a permit at once: each is looked after, and is carried from one run to the next. */
const MAX_IMAGES_IN_FLIGHT = 1_000;
/** Batches that are remembered; those beyond that hold nothing are not, and ask again after a while. */
export const MAX_BATCHES = 500;
/** A holder that owes a permit's worth of time to another gives way after this time. */
const TURN_MS = 5_000;
/**
 * Whoever says nothing for so long keeps only what it has in flight, if others wait. Longer than the longest POST, during
 * which a holder has nothing to say.
 */
const MAX_SILENCE_MS = 75_000;
/** A single image says nothing while its job runs, which is over by then. */
const MAX_IMAGE_SILENCE_MS = 30 * 60_000;

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
    imageAt: 0,
  };
}

/** Takes in what a holder says of itself, and what it says of the provider. */
export function reported(state: AccountState, report: HolderReport, now: number): AccountState {
  if (isBeyondBound(state, report)) return state;
  const known = withHolder({ ...state, day: dayAfter(state, report, now) }, report, now);
  const held = afterNews(known, newsInTime(state, report), newsOfProbe(state, report), now);
  const sight = report.kind === 'image' ? imageSight(report, state) : batchSight(report, held);
  const steered = afterPace(held, { ...report, ...sight }, now);
  return report.leaving ? without(steered, [report.holder]) : steered;
}

/** It holds nothing, so nothing is lost if it is not remembered. */
function isBeyondBound({ holders }: AccountState, { holder, kind, held: inHand }: HolderReport): boolean {
  if (kind !== 'batch' || inHand > 0 || holders.length < MAX_BATCHES) return false;
  const batches = holders.filter((one) => one.kind === 'batch');
  return batches.length >= MAX_BATCHES && !batches.some(({ id }) => id === holder);
}

function dayAfter({ day, holders }: AccountState, report: HolderReport, now: number): DayBudget {
  const { holder: id, kind, isNew, leaving, remembered } = report;
  const today = turned(day, now);
  const isRecalled = kind === 'batch' && isNew !== true && !holders.some((holder) => holder.id === id);
  const told = isRecalled ? recalled(today, id, report, remembered?.day) : spentBy(today, report);
  if (!leaving) return told;
  // An image that does not say what became of its submission may have spent it.
  return kind === 'image' ? departed(told, [id]) : left(told, id);
}

function spentBy(day: DayBudget, report: HolderReport): DayBudget {
  const { holder, kind, isNew = false } = report;
  return kind === 'image' ? spentByImage(day, holder, report) : spentByBatch(day, holder, report, isNew);
}

type Sight = Pick<HolderReport, 'paceKnew' | 'news'>;

/** One holder that is full says nothing of the limit while another leaves its permits idle. */
function batchSight({ paceKnew, news }: HolderReport, after: AccountState): Sight {
  return { paceKnew, news: { ...news, full: news.full && isAllInUse(after) } };
}

/**
 * A single image sees nothing but itself: what it knew, and whether all permits were in use, is known here. It speaks
 * when it leaves its own, so that all were in use before it spoke or never.
 */
function imageSight({ holder, news }: HolderReport, before: AccountState): Sight {
  const { told } = before.holders.find(({ id }) => id === holder) ?? { told: null };
  const isFull = before.queue.length > 0 && before.hold === null && before.store === null && isAllInUse(before);
  return { paceKnew: told?.paceChange ?? 0, news: { ...news, full: isFull } };
}

function isWaitingImage({ kind, held: inHand, silent }: Holder): boolean {
  return kind === 'image' && inHand === 0 && silent !== true;
}

function withHolder(state: AccountState, report: HolderReport, now: number): AccountState {
  if (report.kind === 'image') return withAsking(state, report);
  const known = state.holders.find(({ id }) => id === report.holder);
  // What an earlier run of the same id was told is nothing to the one that has just begun.
  const before = report.isNew === true ? undefined : known;
  const holder = batchOf(report, before, now);
  const holders =
    known === undefined ? [...state.holders, holder] : state.holders.map((other) => (other === known ? holder : other));
  return { ...state, pace: remembering(state, report), holders };
}

/** A single image speaks when it asks, is refused or leaves, and at none of these times it holds a permit. */
function withAsking(state: AccountState, { holder: id, waits }: HolderReport): AccountState {
  const known = state.holders.find((holder) => holder.id === id);
  if (known === undefined) return { ...state, queue: withImage(state.queue, id, waits === true) };
  const holders = state.holders.filter((holder) => holder !== known);
  return { ...state, holders, queue: withFirst(state.queue, [known]) };
}

/** One that is about to get a permit, or not. */
function imageOf({ id, waits }: { readonly id: string; readonly waits: boolean }, now: number): Holder {
  const nothing = {
    granted: 0,
    held: 0,
    inFlight: 0,
    parked: 0,
    unanswered: 0,
    owed: 0,
    permitsSince: 0,
    told: null,
    number: 0,
  };
  return {
    id,
    kind: 'image',
    weight: 1,
    wants: 1,
    ...nothing,
    owedAnswer: false,
    waits,
    heardAt: now,
    quietSince: now,
  };
}

function batchOf(report: HolderReport, before: Holder | undefined, now: number): Holder {
  const granted = before?.granted ?? 0;
  // Until it has heard its newest grant it is believed to hold what it was granted.
  const upToDate = before === undefined || report.knew >= before.permitsSince;
  return {
    id: report.holder,
    kind: report.kind,
    weight: report.weight,
    wants: report.wants,
    granted,
    held: upToDate ? Math.max(granted, report.held) : Math.max(before.held, report.held),
    inFlight: report.inFlight,
    parked: report.parked ?? 0,
    unanswered: unansweredOf(report, before, upToDate),
    owed: before?.owed ?? 0,
    number: Math.max(before?.number ?? 0, report.knew),
    permitsSince: before?.permitsSince ?? 0,
    told: before?.told ?? null,
    owedAnswer: (before?.owedAnswer ?? true) || wantsAnswer(report.news),
    waits: true,
    heardAt: now,
    quietSince: now,
  };
}

/** One that tells of a refusal tells what it had under way then, whatever it was given since. */
function unansweredOf({ unanswered = 0, news }: HolderReport, before: Holder | undefined, upToDate: boolean): number {
  if (upToDate || refusalCount(news.refusals) > 0) return unanswered;
  return Math.max(before?.unanswered ?? 0, unanswered);
}

/** A governor that knows nothing yet starts from what the first holder remembers of the one before. */
function remembering({ pace, holders }: AccountState, { remembered }: HolderReport): Pace {
  if (remembered === null || holders.length > 0 || pace.change > 0) return pace;
  return newPace(pace.bounds, remembered);
}

/** A single image tells that it was accepted when its job has ended: by then answers may be lost that were not before. */
function newsInTime({ streaks, holders }: AccountState, { holder, kind, news }: HolderReport): News {
  if (kind === 'batch' || news.accepted === 0 || streaks.lostSince === null) return news;
  const sentAt = holders.find(({ id }) => id === holder)?.heardAt ?? 0;
  return sentAt > streaks.lostSince ? news : { ...news, accepted: 0 };
}

/** All that an image tells is of one submission; a batch has others under way besides. */
function newsOfProbe({ holders }: AccountState, { holder, kind, news }: HolderReport): News | null {
  if (!holders.some((one) => one.id === holder && isProbing(one))) return null;
  return kind === 'image' ? news : news.ofProbe;
}

function afterNews(state: AccountState, news: News, ofProbe: News | null, now: number): AccountState {
  const streaks = withNews(state.streaks, news, now);
  const counted = { ...state, streaks };
  const verdict = judgeHold(state.hold, { news, ofProbe, before: state.streaks, streaks }, now);
  if (verdict === null) return counted;
  return verdict === 'lifted' ? lifted(counted, now) : heldBy(counted, verdict, now);
}

function afterPace(state: AccountState, { news, paceKnew }: HolderReport, now: number): AccountState {
  const { accepted, refusals, retryAfterMs, full } = news;
  const { pace, decision } = paced(state.pace, {
    at: now,
    inFlight: inFlightOf(state),
    unanswered: state.holders.reduce((sum, { unanswered }) => sum + unanswered, 0),
    accepted,
    refusals,
    // A long rest is a hold.
    retryAfterMs: retryAfterMs !== null && retryAfterMs > MAX_SILENT_REST_MS ? null : retryAfterMs,
    knew: paceKnew,
    full,
  });
  return decision === null ? { ...state, pace } : decided({ ...state, pace }, decision, now);
}

function isAllInUse(state: AccountState): boolean {
  const parked = state.holders.reduce((sum, holder) => sum + (holder.parked ?? 0), 0);
  return inFlightOf(state) + parked >= state.pace.window.size;
}

/** Jobs that were accepted and are not known to have ended. */
export function inFlightOf({ holders }: AccountState): number {
  return holders.reduce((sum, { inFlight }) => sum + inFlight, 0);
}

/** Holders that have ended without a word; their permits are free. */
export function vanished(state: AccountState, ids: readonly string[], now: number): AccountState {
  const known = state.holders.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  const left = without(state, ids);
  if (known.length === 0) return left;
  return decided(
    { ...left, day: departed(state.day, known) },
    `ended, so that their permits are free: ${named(known)}`,
    now,
  );
}

function named(ids: readonly string[]): string {
  const more = ids.length > IDS_NAMED ? ` and ${ids.length - IDS_NAMED} more` : '';
  return `${ids.slice(0, IDS_NAMED).join(', ')}${more}`;
}

/** They were looked after, and are there. */
export function seen(state: AccountState, ids: readonly string[], now: number): AccountState {
  if (ids.length === 0) return state;
  const holders = state.holders.map((holder) => (ids.includes(holder.id) ? { ...holder, heardAt: now } : holder));
  return { ...state, holders };
}

/** A worker cannot store results, or can again (`null`). */
export function storeReported(state: AccountState, problem: string | null, now: number): AccountState {
  if (problem === null) return storeLifted(state, now);
  const store = storeHold(state.store, problem, now);
  if (state.store !== null) return { ...state, store };
  return decided({ ...state, store }, `held: ${STORE_CODE}: ${store.cause}`, now);
}

function storeLifted(state: AccountState, now: number): AccountState {
  return state.store === null ? state : decided({ ...state, store: null }, `goes on after ${STORE_CODE}`, now);
}

export function held(state: AccountState, reason: string, now: number): AccountState {
  return heldBy(state, requestedHold(reason, now), now);
}

/** Why an image is refused that does not want to wait; `null`: it may be queued. */
export function refusalFor(
  state: AccountState,
  { holder, again }: Pick<PermitAsk, 'holder' | 'again'>,
  now: number,
): HoldNotice | null {
  const { hold, store, holders } = state;
  const isNew = again !== true && !holders.some(({ id }) => id === holder) && !hasImage(state.queue, holder);
  if (hold !== null && isRefusing(hold, isNew) && !isProbeWanted(state)) return noticeOf(hold);
  if (store !== null && isNew) return storeNotice(store);
  const day = turned(state.day, now);
  return isPayable(day, null) ? null : usedUpNotice(day, now);
}

/** Somebody has asked whether the hold is over, and nobody has gone to see: whoever comes next does. */
function isProbeWanted({ hold, holders }: AccountState): boolean {
  return hold?.probing === true && !holders.some(isProbing);
}

/** What was held by request goes on, as does what waits for the store; what met a wall sends one item ahead. */
export function resumed(state: AccountState, now: number): AccountState {
  return resumedHold(storeLifted(state, now), now);
}

function resumedHold(state: AccountState, now: number): AccountState {
  const { hold } = state;
  if (hold === null) return state;
  if (hold.probing) return hold.again === true ? state : { ...state, hold: { ...hold, again: true } };
  if (hold.kind === 'request') return lifted(state, now);
  return decided(
    { ...state, hold: probing(hold, now) },
    `one item goes ahead to see whether ${hold.code} is over`,
    now,
  );
}

/** Takes in what may be spent a day; what is left out stays. */
export function budgeted(state: AccountState, change: Partial<DayCap>, now: number): AccountState {
  const day = capped(turned(state.day, now), change);
  const { submissions, cost } = day.cap;
  const words = `at most ${submissions ?? 'any number of'} submissions and ${cost === null ? 'any cost' : `a cost of ${cost}`} a day`;
  return decided({ ...state, day }, words, now);
}

/** Takes in what one side says of the plan; what the other side says is not passed by it. */
export function bounded(state: AccountState, by: keyof Bounds, said: PaceBounds, now: number): AccountState {
  const bounds = { ...state.bounds, [by]: said };
  return steered({ ...state, bounds }, stricter(bounds), now);
}

function stricter({ settings, request }: Bounds): PaceBounds {
  return {
    maxConcurrency: lesser(settings.maxConcurrency, request.maxConcurrency),
    maxRate: lesser(settings.maxRate, request.maxRate),
  };
}

function lesser(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function steered(state: AccountState, bounds: PaceBounds, now: number): AccountState {
  const { maxConcurrency, maxRate } = bounds;
  const known = state.pace.bounds;
  if (maxConcurrency === known.maxConcurrency && maxRate === known.maxRate) return state;
  const words = `at most ${maxConcurrency ?? 'any number of'} jobs in flight and ${maxRate ?? 'any number of'} submissions/s, by setting`;
  return decided({ ...state, pace: withBounds(state.pace, bounds) }, words, now);
}

/** A probe that is due goes by itself. */
export function ticked(before: AccountState, now: number): AccountState {
  const isSilent = before.store !== null && endOfSilence(before.store) <= now;
  const state = isSilent ? storeLifted(before, now) : before;
  const { probeAt } = state.hold ?? { probeAt: null };
  return probeAt !== null && probeAt <= now && state.hold?.probing === false ? resumedHold(state, now) : state;
}

/** When time alone changes something, in ms since the epoch; `null`: never. */
export function nextTickAt(state: AccountState, now: number): number | null {
  const { store } = state;
  const times = [nextTurnAt(state, now), store === null ? null : endOfSilence(store), nextLapseAt(state)];
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** When one that says nothing loses what it does not use; `null`: never, for nobody waits for it. */
function nextLapseAt(state: AccountState): number | null {
  if (windowOf(state) === 0) return null;
  const times = state.holders.filter((holder) => isIdle(holder) && isWaitedFor(state, holder)).map(lapseAt);
  return times.length === 0 ? null : Math.min(...times);
}

function lapseAt({ kind, quietSince }: Holder): number {
  return quietSince + (kind === 'image' ? MAX_IMAGE_SILENCE_MS : MAX_SILENCE_MS);
}

/** It has permits of which it is not known that they are used. */
function isIdle({ kind, held: inHand, inFlight, silent }: Holder): boolean {
  return silent !== true && inHand > 0 && (kind === 'image' || inHand > inFlight);
}

function isWaitedFor({ queue, holders }: AccountState, { id }: Holder): boolean {
  return queue.length > 0 || holders.some((other) => other.id !== id && !other.silent && other.wants > other.held);
}

/** What holders have that say nothing is for others, until they speak. */
function withLapses(state: AccountState, now: number): AccountState {
  if (windowOf(state) === 0) return state;
  const isLapsed = (holder: Holder) => isIdle(holder) && lapseAt(holder) <= now && isWaitedFor(state, holder);
  const lapsed = state.holders.filter(isLapsed).map(({ id }) => id);
  if (lapsed.length === 0) return state;
  const holders = state.holders.map((holder) => (lapsed.includes(holder.id) ? silenced(holder) : holder));
  return decided({ ...state, holders }, `silent, so that others have what they do not use: ${named(lapsed)}`, now);
}

function silenced(holder: Holder): Holder {
  const inFlight = holder.kind === 'image' ? 0 : holder.inFlight;
  return {
    ...holder,
    inFlight,
    unanswered: 0,
    held: inFlight,
    granted: Math.min(holder.granted, inFlight),
    silent: true,
  };
}

function nextTurnAt(state: AccountState, now: number): number | null {
  const { hold } = state;
  if (hold !== null && !hold.probing) return hold.probeAt;
  const { clearBy } = hold ?? { clearBy: null };
  if (clearBy !== null && clearBy > now && isAnyBeforeProbe(state)) return clearBy;
  const imageAt = nextImageAt(state);
  if (imageAt > now && state.queue.length > 0) return imageAt;
  if (state.hold === null && state.store === null && hasStarving(state)) return state.dividedAt + TURN_MS;
  return state.day.usedUpAt === null ? null : endOf(state.day);
}

/** Images go one by one where the rate is limited, and none while the provider has asked for a rest. */
function nextImageAt({ pace, hold, imageAt }: AccountState): number {
  // One that goes ahead is alone.
  const rate = hold?.probing === true ? null : rateOf(pace);
  return Math.max(pace.restUntil ?? 0, rate === null ? 0 : imageAt + 1_000 / rate);
}

/** Fewer permits than batches: they must take turns. */
function hasStarving({ day, holders }: AccountState): boolean {
  const broke = brokeOf(day);
  return holders.some(
    ({ id, kind, wants, granted, held: inHand }) =>
      kind === 'batch' && wants > 0 && granted + inHand === 0 && !broke.has(id),
  );
}

/** Divides the window, and says whom to tell what. */
export function settled(
  before: AccountState,
  now: number,
): { readonly state: AccountState; readonly tell: readonly Holder[] } {
  const { state: called, dismissed } = withoutImpatient(withLapses(before, now), now);
  const { state: opened, promoted } = promote(called, now);
  const state = withDay(opened, now);
  const word = wordOf(state, now);
  const window = isClearing(state, now) ? 0 : windowOf(state);
  const owing = withDebts(state, word, window, now);
  const claims = withPatientImages(state, owing, now).map((claim) => payable(word, claim));
  const permits = state.hold?.probing === true ? targets(window, behindProbe(claims)) : divided(window, claims);
  const next = owing.map((holder, index) => regranted(state, word, holder, permits[index] ?? 0, now));
  const goes = next.some((holder, index) => holder.kind === 'image' && holder.held > (owing[index]?.held ?? 0));
  const hold = clearingAgain(state.hold, owing, next, now);
  const settledState = { ...state, hold, holders: next, dividedAt: now, imageAt: goes ? now : state.imageAt };
  return {
    state: demote(settledState, promoted),
    tell: [...dismissed, ...next.filter((holder, index) => holder.told !== owing[index]?.told)],
  };
}

/** What was sent ahead by one that goes ahead no more may still be under way: the next waits for it as for all else. */
function clearingAgain(
  hold: Hold | null,
  before: readonly Holder[],
  after: readonly Holder[],
  now: number,
): Hold | null {
  if (hold?.probing !== true || !before.some(isProbing) || after.some(isProbing)) return hold;
  return { ...hold, clearBy: now + MAX_CLEARING_MS };
}

/** Images that do not wait for the end of what only a person can end hear of it, and wait no more. */
function withoutImpatient(
  state: AccountState,
  now: number,
): { readonly state: AccountState; readonly dismissed: readonly Holder[] } {
  const notice = refusalOfAll(state, now);
  const { taken, queue } = notice === null ? { taken: [], queue: state.queue } : takeImpatient(state.queue);
  if (taken.length === 0 || notice === null) return { state, dismissed: [] };
  const word = wordOf(state, now);
  const dismissed = taken.map((image) => {
    const holder = imageOf(image, now);
    return { ...holder, told: { ...grantFor(state, word, holder, 0), hold: notice } };
  });
  return { state: { ...state, queue }, dismissed };
}

/** Why images that do not want to wait are not kept, even if they are on their way. */
function refusalOfAll({ hold, day }: AccountState, now: number): HoldNotice | null {
  if (hold !== null && !hold.probing && isRefusing(hold, false)) return noticeOf(hold);
  return day.usedUpAt !== null && !isPayable(turned(day, now), null) ? usedUpNotice(day, now) : null;
}

/** The first images of the queue, as many as there may be room for, take part when permits are divided. */
function promote(
  state: AccountState,
  now: number,
): { readonly state: AccountState; readonly promoted: readonly string[] } {
  const { hold, holders, queue } = state;
  const going = holders.filter((holder) => (hold?.probing === true ? isProbing(holder) : isGoing(holder)));
  const room = Math.max(0, Math.min(windowOf(state), MAX_IMAGES_IN_FLIGHT) - going.length);
  const images = queue.slice(0, room).map(imageIn);
  if (images.length === 0) return { state, promoted: [] };
  const promoted = images.map(({ id }) => id).filter((id) => !Object.hasOwn(state.day.draws, id));
  const day = openedForImages(turned(state.day, now), promoted);
  const all = [...holders, ...images.map((image) => imageOf(image, now))];
  return { state: { ...state, day, holders: all, queue: queue.slice(room) }, promoted };
}

function isGoing({ kind, silent }: Holder): boolean {
  return kind === 'image' && silent !== true;
}

/** Those that got nothing wait on, before the others. */
function demote(state: AccountState, promoted: readonly string[]): AccountState {
  const back = state.holders.filter(isWaitingImage);
  if (back.length === 0) return state;
  const ids = new Set(back.map(({ id }) => id));
  return {
    ...state,
    day: forgotten(
      state.day,
      promoted.filter((id) => ids.has(id)),
    ),
    holders: state.holders.filter((holder) => !isWaitingImage(holder)),
    queue: withFirst(state.queue, back),
  };
}

/** Sets aside what each may spend next, images first. */
function withDay(state: AccountState, now: number): AccountState {
  const { holders } = state;
  const images = holders.filter(({ kind }) => kind === 'image');
  const batches = holders.filter(({ kind }) => kind === 'batch');
  const day = setAside(turned(state.day, now), [...images, ...batches], now);
  const next = { ...state, day };
  if (day.usedUpAt === null || state.day.usedUpAt !== null) return next;
  return decided(next, `what may be spent today is used up, until ${new Date(endOf(day)).toISOString()}`, now);
}

/** What every holder is told alike, put together once for all of them: there may be thousands. */
interface Word {
  readonly remembered: Grant['remembered'];
  /** Those who can pay for nothing today. */
  readonly broke: ReadonlySet<string>;
  /** Why those have no permit. */
  readonly usedUp: HoldNotice;
}

function wordOf({ day, pace }: AccountState, now: number): Word {
  const memory = memoryOf(day, now);
  const remembered = { ...foundLimits(pace), ...(memory === undefined ? {} : { day: memory }) };
  return { remembered, broke: brokeOf(day), usedUp: usedUpNotice(day, now) };
}

/** One that can pay for nothing leaves its permits to the others, as does one that says nothing. */
function payable({ broke }: Word, holder: Holder): Holder {
  if (holder.silent === true) return { ...holder, wants: Math.min(holder.wants, holder.inFlight) };
  return broke.has(holder.id) ? { ...holder, wants: 0 } : holder;
}

/** The probe waits for what is under way, but not for ever: only while there is no place for it besides. */
function isClearing(state: AccountState, now: number): boolean {
  const { hold, holders } = state;
  if (hold?.probing !== true || holders.some(isProbing) || !isAnyBeforeProbe(state)) return false;
  const inHand = holders.reduce((sum, { held: own }) => sum + own, 0);
  return now < (hold.clearBy ?? 0) || inHand >= knownPlaces(state.pace);
}

/** As many as may be in flight by all that is known; while the limit is looked for, that is what somebody has set. */
function knownPlaces({ window, bounds }: Pace): number {
  return window.searching ? (bounds.maxConcurrency ?? Number.POSITIVE_INFINITY) : window.size;
}

/** Whether anything is under way that was begun before one was sent ahead. */
function isAnyBeforeProbe({ holders }: AccountState): boolean {
  return holders.some((holder) => holder.held > 0 && !isProbing(holder));
}

/** One goes ahead: who does so already, else one that has more to do than it has under way. */
function behindProbe(holders: readonly Holder[]): readonly Holder[] {
  const isAhead = holders.some(isProbing) ? isProbing : ({ wants, held: inHand }: Holder) => wants > inHand;
  return holders.map((holder) => ({ ...holder, wants: isAhead(holder) ? Math.min(1, holder.wants) : 0 }));
}

function isProbing({ told, granted }: Holder): boolean {
  return told?.probe === true && granted > 0;
}

/** Jobs that may be in flight by all together. */
export function windowOf(state: AccountState): number {
  const { pace, hold, store, streaks } = state;
  if (store !== null) return 0;
  if (hold !== null) return hold.probing ? 1 : 0;
  if (streaks.lost === 0) return pace.window.size;
  // While answers are being lost no more is sent than it takes to know whether they all are.
  return Math.min(pace.window.size, inFlightOf(state) + MAX_LOST_IN_A_ROW - streaks.lost);
}

/** Images that wait want nothing before their time, and one at a time where the rate is limited. */
function withPatientImages(state: AccountState, holders: readonly Holder[], now: number): readonly Holder[] {
  let free = now < nextImageAt(state) ? 0 : rateOf(state.pace) === null ? Number.POSITIVE_INFINITY : 1;
  return holders.map((holder) => {
    if (!isWaitingImage(holder)) return holder;
    free -= 1;
    return free >= 0 ? holder : { ...holder, wants: 0 };
  });
}

function withDebts(state: AccountState, word: Word, window: number, now: number): readonly Holder[] {
  const { holders, dividedAt } = state;
  const seconds = Math.min(60, (now - dividedAt) / 1_000);
  const claims = holders.map((holder) => payable(word, holder));
  const fair = fairShares(window, claims);
  return holders.map((holder, index) => {
    const owed = holder.owed + ((fair[index] ?? 0) - holder.granted) * seconds;
    return { ...holder, owed: claims[index]?.wants === 0 ? 0 : Math.max(-60, Math.min(60, owed)) };
  });
}

function grantFor(state: AccountState, word: Word, holder: Holder, permits: number): Grant {
  const { day, pace, hold } = state;
  const allowance = allowanceOf(day, holder.id);
  return {
    number: holder.number + 1,
    permits,
    spacingMs: spacingOf(state, holder, permits),
    restUntil: pace.restUntil,
    paceChange: pace.change,
    ...tellAfter(state, permits),
    probe: hold?.probing === true && permits > 0,
    hold: permits > 0 ? null : noticeFor(state, word, holder),
    remembered: word.remembered,
    ...(allowance === undefined ? {} : { allowance }),
  };
}

function regranted(state: AccountState, word: Word, holder: Holder, permits: number, now: number): Holder {
  const grant = grantFor(state, word, holder, permits);
  const inHand = Math.max(permits, holder.held);
  const inFlight = holder.kind === 'image' ? inHand : holder.inFlight;
  const quietSince = permits > holder.held ? now : holder.quietSince;
  // Images count as in flight from their permit on.
  const unanswered = holder.kind === 'image' ? 0 : holder.unanswered + inHand - holder.held;
  const kept = { ...holder, granted: permits, held: inHand, inFlight, unanswered, quietSince };
  const isTold = holder.kind === 'image' ? isForImage(holder.told, grant) : isForBatch(holder, grant);
  if (!isTold) return kept;
  const permitsSince = holder.told?.permits === permits ? holder.permitsSince : grant.number;
  // An image that is called is heard of when its job has ended.
  const heardAt = holder.kind === 'image' ? now : holder.heardAt;
  return { ...kept, number: grant.number, permitsSince, told: grant, owedAnswer: false, heardAt };
}

function tellAfter({ pace, streaks }: AccountState, permits: number): Pick<Grant, 'tellAfter' | 'answersLost'> {
  // The first answer that comes shows that they are not all lost.
  if (streaks.lost > 0) return { tellAfter: 1, answersLost: true };
  const accepted = wordAfter(pace);
  return accepted === null || permits === 0 ? {} : { tellAfter: Math.ceil((accepted * permits) / pace.window.size) };
}

/** Why it has no permit; `null`: others have them all. */
function noticeFor({ hold, store }: AccountState, { broke, usedUp }: Word, { id }: Holder): HoldNotice | null {
  if (hold !== null) return noticeOf(hold);
  if (store !== null) return storeNotice(store);
  return broke.has(id) ? usedUp : null;
}

function isForBatch({ owedAnswer, told }: Holder, grant: Grant): boolean {
  return owedAnswer || told === null || !meansTheSame(told, grant);
}

/** An image is told that it may go; one that has gone is told nothing. */
function isForImage(told: Grant | null, { permits }: Grant): boolean {
  return permits > 0 && (told === null || told.permits === 0);
}

/** A rate belongs to the account, so each holder has the part of it that its permits are of the window. */
function spacingOf({ pace }: AccountState, { kind }: Holder, permits: number): number | null {
  const rate = rateOf(pace);
  if (rate === null || permits === 0 || kind === 'image') return null;
  return Math.ceil((1_000 * pace.window.size) / (rate * permits));
}

/** Whether a holder would do the same after both; what is only remembered is not worth a message. */
function meansTheSame(left: Grant, right: Grant): boolean {
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

function without(state: AccountState, ids: readonly string[]): AccountState {
  const holders = state.holders.filter(({ id }) => !ids.includes(id));
  return { ...state, holders, queue: withoutImages(state.queue, ids) };
}

function heldBy(state: AccountState, hold: Hold, now: number): AccountState {
  const again = state.hold?.probing ? ' again' : '';
  const next = decided(
    { ...state, hold, streaks: { ...state.streaks, outages: 0 } },
    `held${again}: ${hold.code}`,
    now,
  );
  return state.hold?.again === true && hold.kind !== 'request' ? resumed(next, now) : next;
}

function lifted(state: AccountState, now: number): AccountState {
  const { hold } = state;
  return decided({ ...state, hold: null, streaks: NO_STREAKS }, `goes on after ${hold?.code ?? HELD_BY_REQUEST}`, now);
}

function decided(state: AccountState, words: string, now: number): AccountState {
  return {
    ...state,
    decisions: [...state.decisions, { at: now, words: words.slice(0, MAX_WORDS) }].slice(-DECISIONS_KEPT),
  };
}

/** What a single image says by asking for its permit. */
export function askedBy(holder: string, waits = false): HolderReport {
  const nothing = { held: 0, inFlight: 0, knew: 0, paceKnew: 0, news: NO_NEWS };
  return {
    holder,
    kind: 'image',
    weight: 1,
    wants: 1,
    ...nothing,
    leaving: false,
    remembered: null,
    ...(waits ? { waits } : {}),
  };
}

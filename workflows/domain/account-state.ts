/**
 * The governor's decisions: what becomes of the account when a holder reports, asks or leaves, and what each holder is
 * to be told. Pure: a state, an event and the time in, a state out.
 */
import type { Grant, HolderReport } from './account';
import {
  HELD_BY_REQUEST,
  type Hold,
  judgedByNews,
  noticeOf,
  OUTAGES_IN_A_ROW,
  outageHold,
  probing,
  requestedHold,
} from './account-hold';
import { type Claim, divided, fairShares } from './account-shares';
import { type News, NO_NEWS, refusalCount } from './news';
import { foundLimits, newPace, type Pace, type PaceBounds, paced, rateOf, withBounds } from './pace';

export interface Holder extends Claim {
  readonly id: string;
  readonly inFlight: number;
  /** Number of the last grant that it was told. */
  readonly number: number;
  /** What it was last told; `null`: nothing yet. */
  readonly told: Grant | null;
  /** It waits for an answer, even if nothing has changed for it. */
  readonly owedAnswer: boolean;
  /** In ms since the epoch, as all times here. */
  readonly heardAt: number;
}

export interface Decision {
  readonly at: number;
  readonly words: string;
}

export interface AccountState {
  readonly pace: Pace;
  readonly holders: readonly Holder[];
  readonly hold: Hold | null;
  /** Faults in a row that look like an outage. */
  readonly outages: number;
  /** The newest last. */
  readonly decisions: readonly Decision[];
  /** When permits were last divided. */
  readonly dividedAt: number;
}

const DECISIONS_KEPT = 20;
/** A holder that owes a permit's worth of time to another gives way after this time. */
const TURN_MS = 5_000;

export function newAccount(bounds: PaceBounds, now: number): AccountState {
  return { pace: newPace(bounds), holders: [], hold: null, outages: 0, decisions: [], dividedAt: now };
}

/** Takes in what a holder says of itself, and what it says of the provider. */
export function reported(state: AccountState, report: HolderReport, now: number): AccountState {
  const known = withHolder(state, report, now);
  const held = afterNews(known, report.news, now);
  const steered = afterPace(held, report, now);
  return report.leaving ? without(steered, [report.holder]) : steered;
}

function withHolder(state: AccountState, report: HolderReport, now: number): AccountState {
  const before = state.holders.find(({ id }) => id === report.holder);
  // An image asks again when it has nothing: whatever it was granted, it has not used.
  const asks = report.kind === 'image' && report.held === 0;
  const granted = asks ? 0 : (before?.granted ?? 0);
  // Until it has heard its newest grant it is believed to hold what it was granted.
  const upToDate = before === undefined || asks || report.knew >= before.number;
  const holder: Holder = {
    id: report.holder,
    kind: report.kind,
    weight: report.weight,
    wants: report.wants,
    granted,
    held: upToDate ? Math.max(granted, report.held) : Math.max(before.held, report.held),
    inFlight: report.inFlight,
    owed: before?.owed ?? 0,
    number: Math.max(before?.number ?? 0, report.knew),
    told: before?.told ?? null,
    owedAnswer: (before?.owedAnswer ?? true) || asks || refusalCount(report.news.refusals) > 0,
    heardAt: now,
  };
  const holders =
    before === undefined
      ? [...state.holders, holder]
      : state.holders.map((other) => (other === before ? holder : other));
  return { ...state, pace: remembering(state, report), holders };
}

/** A governor that knows nothing yet starts from what the first holder remembers of the one before. */
function remembering({ pace, holders }: AccountState, { remembered }: HolderReport): Pace {
  if (remembered === null || holders.length > 0 || pace.change > 0) return pace;
  return newPace(pace.bounds, remembered);
}

function afterNews(state: AccountState, news: News, now: number): AccountState {
  const success = news.accepted + news.completed > 0;
  const outages = success ? news.outages : state.outages + news.outages;
  const counted = { ...state, outages };
  const verdict = judgedByNews(state.hold, news, now);
  if (verdict === 'lifted') return lifted(counted, now);
  if (verdict !== null) return heldBy(counted, verdict, now);
  if (state.hold === null && outages >= OUTAGES_IN_A_ROW) {
    return heldBy(counted, outageHold(news.outageCode ?? 'PROVIDER_UNREACHABLE', now, null), now);
  }
  return counted;
}

function afterPace(state: AccountState, report: HolderReport, now: number): AccountState {
  const { accepted, refusals, retryAfterMs } = report.news;
  const inFlight = jobsOf(state);
  const { pace, decision } = paced(state.pace, {
    at: now,
    inFlight,
    accepted,
    refusals,
    retryAfterMs,
    knew: changeKnownBy(state, report),
    full: isFull(state, report),
  });
  return decision === null ? { ...state, pace } : decided({ ...state, pace }, decision, now);
}

/** Jobs that were accepted and are not known to have ended; an image says nothing before its job has ended. */
function jobsOf({ holders }: AccountState): number {
  return holders.reduce((sum, { kind, granted, inFlight }) => sum + (kind === 'image' ? granted : inFlight), 0);
}

/** An image tells only what became of the permit that it was last granted. */
function changeKnownBy({ holders }: AccountState, { holder, kind, paceKnew }: HolderReport): number {
  if (kind === 'batch') return paceKnew;
  return holders.find(({ id }) => id === holder)?.told?.paceChange ?? 0;
}

/** One holder that is full says nothing of the limit while another leaves its permits idle. */
function isFull(state: AccountState, { kind, news }: HolderReport): boolean {
  const { holders, pace } = state;
  if (kind === 'batch') return news.full && jobsOf(state) >= pace.window.size;
  // An image cannot see that others wait, and its own job is not among those that are left.
  const someWait = holders.some(({ wants, granted }) => wants > granted);
  return news.accepted > 0 && someWait && jobsOf(state) + 1 >= pace.window.size;
}

/** Holders that have ended without a word; their permits are free. */
export function vanished(state: AccountState, ids: readonly string[], now: number): AccountState {
  const known = state.holders.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  if (known.length === 0) return state;
  return decided(
    without(state, known),
    `ended without a word, so that their permits are free: ${known.join(', ')}`,
    now,
  );
}

export function held(state: AccountState, reason: string, now: number): AccountState {
  return heldBy(state, requestedHold(reason, now), now);
}

/** What was held by request goes on; what met a wall sends one item ahead. */
export function resumed(state: AccountState, now: number): AccountState {
  const { hold } = state;
  if (hold === null || hold.probing) return state;
  if (hold.kind === 'request') return lifted(state, now);
  return decided({ ...state, hold: probing(hold) }, `one item goes ahead to see whether ${hold.code} is over`, now);
}

export function bounded(state: AccountState, bounds: PaceBounds, now: number): AccountState {
  const { maxConcurrency, maxRate } = bounds;
  const known = state.pace.bounds;
  if (maxConcurrency === known.maxConcurrency && maxRate === known.maxRate) return state;
  const words = `at most ${maxConcurrency ?? 'any number of'} jobs in flight and ${maxRate ?? 'any number of'} submissions/s, by setting`;
  return decided({ ...state, pace: withBounds(state.pace, bounds) }, words, now);
}

/** A probe that is due goes by itself. */
export function ticked(state: AccountState, now: number): AccountState {
  const { probeAt } = state.hold ?? { probeAt: null };
  return probeAt !== null && probeAt <= now ? resumed(state, now) : state;
}

/** When time alone changes something, in ms since the epoch; `null`: never. */
export function nextTickAt(state: AccountState): number | null {
  if (state.hold !== null) return state.hold.probeAt;
  const { restUntil } = state.pace;
  if (restUntil !== null && restUntil > state.dividedAt && state.holders.some(isWaitingImage)) return restUntil;
  return hasStarving(state) ? state.dividedAt + TURN_MS : null;
}

function isWaitingImage({ kind, wants, granted }: Holder): boolean {
  return kind === 'image' && wants > granted;
}

/** Fewer permits than batches: they must take turns. */
function hasStarving({ holders }: AccountState): boolean {
  return holders.some(
    ({ kind, wants, granted, held: inHand }) => kind === 'batch' && wants > 0 && granted + inHand === 0,
  );
}

/** Divides the window, and says whom to tell what. */
export function settled(
  state: AccountState,
  now: number,
): { readonly state: AccountState; readonly tell: readonly Holder[] } {
  const window = windowOf(state);
  const owing = withDebts(state, window, now);
  const permits = divided(window, rested(state, owing, now));
  const next = owing.map((holder, index) => regranted(state, holder, permits[index] ?? 0));
  return {
    state: { ...state, holders: next, dividedAt: now },
    tell: next.filter((holder, index) => holder.told !== owing[index]?.told),
  };
}

/** Batches wait out a rest by themselves; an image goes when it is called. */
function rested({ pace }: AccountState, holders: readonly Holder[], now: number): readonly Holder[] {
  if (pace.restUntil === null || pace.restUntil <= now) return holders;
  return holders.map((holder) => (isWaitingImage(holder) ? { ...holder, wants: holder.granted } : holder));
}

/** Jobs that may be in flight by all together. */
export function windowOf({ pace, hold }: AccountState): number {
  if (hold === null) return pace.window.size;
  return hold.probing ? 1 : 0;
}

function withDebts({ holders, dividedAt }: AccountState, window: number, now: number): readonly Holder[] {
  const seconds = Math.min(60, (now - dividedAt) / 1_000);
  const fair = fairShares(window, holders);
  return holders.map((holder, index) => {
    const owed = holder.owed + ((fair[index] ?? 0) - holder.granted) * seconds;
    return { ...holder, owed: holder.wants === 0 ? 0 : Math.max(-60, Math.min(60, owed)) };
  });
}

function regranted(state: AccountState, holder: Holder, permits: number): Holder {
  const { pace, hold } = state;
  const grant: Grant = {
    number: holder.number + 1,
    permits,
    spacingMs: spacingOf(state, holder, permits),
    restUntil: pace.restUntil,
    paceChange: pace.change,
    probe: hold?.probing === true && permits > 0,
    hold: hold === null || permits > 0 ? null : noticeOf(hold),
    remembered: foundLimits(pace),
  };
  const kept = { ...holder, granted: permits, held: Math.max(permits, holder.held) };
  if (!holder.owedAnswer && holder.told !== null && meansTheSame(holder.told, grant)) return kept;
  return { ...kept, number: grant.number, told: grant, owedAnswer: false };
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
    left.probe === right.probe &&
    left.hold?.code === right.hold?.code &&
    left.hold?.since === right.hold?.since
  );
}

function without(state: AccountState, ids: readonly string[]): AccountState {
  return { ...state, holders: state.holders.filter(({ id }) => !ids.includes(id)) };
}

function heldBy(state: AccountState, hold: Hold, now: number): AccountState {
  const again = state.hold?.probing ? ' again' : '';
  return decided({ ...state, hold, outages: 0 }, `held${again}: ${hold.code}`, now);
}

function lifted(state: AccountState, now: number): AccountState {
  const { hold } = state;
  return decided({ ...state, hold: null, outages: 0 }, `goes on after ${hold?.code ?? HELD_BY_REQUEST}`, now);
}

function decided(state: AccountState, words: string, now: number): AccountState {
  return { ...state, decisions: [...state.decisions, { at: now, words }].slice(-DECISIONS_KEPT) };
}

/** What a single image says by asking for its permit. */
export function askedBy(holder: string): HolderReport {
  const nothing = { held: 0, inFlight: 0, knew: 0, paceKnew: 0, news: NO_NEWS };
  return { holder, kind: 'image', weight: 1, wants: 1, ...nothing, leaving: false, remembered: null };
}

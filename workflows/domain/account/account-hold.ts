/** When nobody of an account may submit, why, and how it is found out that they may again. Pure. */
import { toSentence } from '../base/cause';
import { type Backoff, failureRow, isFailureCode } from '../failures/failures';
import { ANSWERS_LOST, HELD_BY_REQUEST, type HoldNotice, holdRemedy, isHoldCode } from '../failures/hold-codes';
import { type FaultStreaks, isNewlyForbidden, MAX_LOST_IN_A_ROW } from '../leases/fault-streaks';
import { isSubmitTimeCode, type News } from '../leases/feedback';

/**
 * `account`: the key or the credits. `outage`: the provider fails for everybody. `answers`: submissions are accepted and
 * their answers lost. `rest`: the provider wants a long rest. `request`: somebody asked.
 */
export type HoldKind = 'account' | 'outage' | 'answers' | 'rest' | 'request';

export interface Hold {
  readonly kind: HoldKind;
  /** A failure code, or a code of `hold-codes.ts`. */
  readonly code: string;
  /** In ms since the epoch. */
  readonly since: number;
  /** What was met, in the words of whoever met it; `null`: nobody has said it. */
  readonly cause: string | null;
  readonly remedy: string;
  /** One item goes ahead. */
  readonly probing: boolean;
  /** Somebody asked while one was under way: what that one meets may be over, so that another goes after it. */
  readonly again?: true;
  /** Probes until now. */
  readonly probes: number;
  /** Until when the probe waits for what was under way before it, in ms since the epoch; `null`: there is no probe. */
  readonly clearBy: number | null;
  /** When the next probe goes by itself, in ms since the epoch; `null`: when somebody asks for it. */
  readonly probeAt: number | null;
  /** Until when the provider wants a rest, in ms since the epoch; `null`: nobody knows the end. */
  readonly until: number | null;
}

interface HoldRule {
  /** Which single items that do not want to wait it refuses: `new` are those of which nothing was ever sent. */
  readonly refuses: 'every' | 'new' | 'none';
  /** Waits before the probes that go by themselves; `null`: none does. */
  readonly probes: Backoff | null;
  /** Probes that go by themselves; later ones go when somebody asks for them. */
  readonly maxProbes: number;
  /** Whether what is heard of the probe shows that the hold is over. */
  readonly isOver: (news: News, code: string) => boolean;
}

const ENDLESS = Number.POSITIVE_INFINITY;
const isAccepted = ({ accepted, completed }: News) => accepted + completed > 0;
/** Some codes are told by a job that was accepted and fails: only its completion shows that they are over. */
const isAcceptedOrCompleted = ({ accepted, completed }: News, code: string) =>
  completed > 0 || (accepted > 0 && isSubmitTimeCode(code));

const HOLD_RULES: Readonly<Record<HoldKind, HoldRule>> = {
  account: { refuses: 'every', probes: null, maxProbes: 0, isOver: isAcceptedOrCompleted },
  // Long enough to be no load, short enough that the end is soon noticed.
  outage: {
    refuses: 'none',
    probes: { initialMs: 2_000, coefficient: 2, maximumMs: 300_000 },
    maxProbes: ENDLESS,
    isOver: isAcceptedOrCompleted,
  },
  // Each probe may be one more paid job that nobody can find.
  answers: {
    refuses: 'new',
    probes: { initialMs: 5_000, coefficient: 6, maximumMs: 180_000 },
    maxProbes: 3,
    isOver: isAccepted,
  },
  rest: { refuses: 'new', probes: null, maxProbes: 0, isOver: isAccepted },
  request: { refuses: 'every', probes: null, maxProbes: 0, isOver: () => false },
};

/** A fault that seems to be everybody's, but that no person has to end: it is looked at from time to time. */
const SELF_PROBING: Backoff = { initialMs: 30_000, coefficient: 2, maximumMs: 900_000 };

/** Whether a hold with this code is nothing to wait for, unless somebody wants to: only a person can end it. */
export function isForPeople(code: string): boolean {
  return isHoldCode(code) || (isFailureCode(code) && failureRow(code).scope === 'account');
}

/** This many faults in a row, with no success between them, are an outage. */
export const OUTAGES_IN_A_ROW = 5;
/** Longer rests than this are holds, with an end that is told, and that somebody can bring forward. In ms. */
export const MAX_SILENT_REST_MS = 60_000;
/** A probe waits no longer than this for the end of what was under way before it, in ms. */
export const MAX_CLEARING_MS = 30_000;

export function accountHold(code: string, now: number, before: Hold | null, cause: string | null = null): Hold {
  const probes = isFailureCode(code) && failureRow(code).probed === true ? SELF_PROBING : null;
  return newHold({ kind: 'account', code, now, before, cause, remedy: remedyOf(code), probes });
}

export function outageHold(code: string, now: number, before: Hold | null, cause: string | null = null): Hold {
  const remedy = `Nothing to do: one item is tried again by itself. ${remedyOf(code)}`;
  return newHold({ kind: 'outage', code, now, before, cause, remedy });
}

function answersHold(now: number, before: Hold | null): Hold {
  return newHold({ kind: 'answers', code: ANSWERS_LOST, now, before, remedy: remedyOf(ANSWERS_LOST) });
}

/** @param restMs what the provider asked for */
function restHold(code: string, restMs: number, now: number, before: Hold | null): Hold {
  const until = now + restMs;
  const remedy =
    'The provider asked to wait that long. Nothing to do: one item goes ahead then, or at once by "imagepipeline account resume".';
  return { ...newHold({ kind: 'rest', code, now, before, remedy }), until, probeAt: until };
}

export function requestedHold(reason: string, now: number): Hold {
  const remedy = `${toSentence(reason)}Run "imagepipeline account resume" to go on.`;
  return newHold({ kind: 'request', code: HELD_BY_REQUEST, now, before: null, remedy });
}

export function probing(hold: Hold, now: number): Hold {
  const clearBy = now + MAX_CLEARING_MS;
  return { ...hold, probing: true, probes: hold.probes + 1, clearBy, probeAt: null, until: null };
}

/** What a holder has told, and what that amounts to with what was told before. */
export interface HoldEvidence {
  readonly news: News;
  /** Of it, what the item that goes ahead has met; `null`: nothing. */
  readonly ofProbe: News | null;
  readonly before: FaultStreaks;
  readonly streaks: FaultStreaks;
}

/** What a report says about a hold: `lifted`, another one in its place, or nothing (`null`). */
export function judgeHold(hold: Hold | null, evidence: HoldEvidence, now: number): Hold | 'lifted' | null {
  const { streaks } = evidence;
  if (hold?.kind === 'answers' && evidence.news.found > 0 && streaks.lost < MAX_LOST_IN_A_ROW) return 'lifted';
  // What was submitted before the probe says nothing of whether the hold is over.
  const news = hold?.probing === true ? evidence.ofProbe : evidence.news;
  if (news === null) return null;
  return (
    byRefusal(hold, { ...evidence, news }, now) ??
    byRest(hold, news, now) ??
    (hold === null ? byStreak(streaks, news, now) : hold.probing ? byProbe(hold, news, now) : null)
  );
}

/** The account itself was refused. */
function byRefusal(hold: Hold | null, { news, before, streaks }: HoldEvidence, now: number): Hold | null {
  // What was on its way when the hold began meets the same, which is no news.
  if (hold !== null && isShut(hold)) return null;
  const [code] = Object.keys(news.walls);
  if (code !== undefined) return accountHold(code, now, hold, news.cause);
  if (news.forbidden.length === 0 || !isNewlyForbidden(before, streaks)) return null;
  return accountHold('UNAUTHENTICATED', now, hold, 'Different items in a row were answered with HTTP 403');
}

function isShut({ kind, probing: isProbing }: Hold): boolean {
  return (kind === 'account' || kind === 'request') && !isProbing;
}

function byRest(hold: Hold | null, { retryAfterMs, retryAfterCode }: News, now: number): Hold | null {
  if (retryAfterMs === null || retryAfterMs <= MAX_SILENT_REST_MS || (hold !== null && isShut(hold))) return null;
  // Many are refused at once, and each of them is told to wait.
  if (hold?.kind === 'rest' && !hold.probing && (hold.until ?? 0) >= now + retryAfterMs) return null;
  return restHold(retryAfterCode ?? 'RATE_LIMIT_EXCEEDED', retryAfterMs, now, hold);
}

function byStreak({ outages, outageCode, lost }: FaultStreaks, { cause }: News, now: number): Hold | null {
  if (outages >= OUTAGES_IN_A_ROW) return outageHold(outageCode ?? 'PROVIDER_UNREACHABLE', now, null, cause);
  return lost >= MAX_LOST_IN_A_ROW ? answersHold(now, null) : null;
}

/** Whatever it was to find out, a probe that met another fault has found out nothing. */
function byProbe(hold: Hold, news: News, now: number): Hold | 'lifted' | null {
  if (news.outages > 0) return outageHold(news.outageCode ?? hold.code, now, hold, news.cause);
  if (news.lost > 0) return answersHold(now, hold);
  return HOLD_RULES[hold.kind].isOver(news, hold.code) ? 'lifted' : null;
}

/** Whether a hold refuses a single item that does not wait for its end. */
export function isRefusing({ kind }: Hold, isNew: boolean): boolean {
  const { refuses } = HOLD_RULES[kind];
  return refuses === 'every' || (refuses === 'new' && isNew);
}

export function noticeOf({ code, since, until, cause, remedy }: Hold): HoldNotice {
  return {
    code,
    since: new Date(since).toISOString(),
    until: until === null ? null : new Date(until).toISOString(),
    cause,
    remedy,
  };
}

interface NewHold extends Pick<Hold, 'kind' | 'code' | 'remedy'> {
  readonly now: number;
  readonly before: Hold | null;
  readonly cause?: string | null;
  readonly probes?: Backoff | null;
}

/** A hold that comes back keeps its beginning, and its probes go at growing intervals; another one begins anew. */
function newHold({ kind, code, remedy, now, before, cause = null, probes: given }: NewHold): Hold {
  const isSame = before !== null && before.kind === kind && before.code === code;
  const { since, probes } = isSame ? before : { since: now, probes: 0 };
  const { probes: usual, maxProbes } = HOLD_RULES[kind];
  const backoff = given ?? (probes < maxProbes ? usual : null);
  const probeAt = backoff === null ? null : now + waitBefore(probes, backoff);
  return { kind, code, cause, remedy, since, probing: false, probes, clearBy: null, probeAt, until: null };
}

function waitBefore(probes: number, { initialMs, coefficient, maximumMs }: Backoff): number {
  return Math.min(maximumMs, initialMs * coefficient ** Math.min(probes, 16));
}

/** What a person can do about a hold. */
function remedyOf(code: string): string {
  return isFailureCode(code) ? failureRow(code).remedy : (holdRemedy(code) ?? '');
}

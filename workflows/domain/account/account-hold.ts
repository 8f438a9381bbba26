/** When nobody of an account may submit, why, and how it is found out that they may again. Pure. */
import { toSentence } from '../base/cause';
import { type Backoff, getFailureRow, isFailureCode } from '../failures/failures';
import { ANSWERS_LOST, HELD_BY_REQUEST, type HoldNotice, holdRemedy, isHoldCode } from '../failures/hold-codes';
import { type FaultStreaks, isNewlyForbidden, MAX_LOST_IN_A_ROW } from '../leases/fault-streaks';
import { isSubmitTimeCode, type ProviderFeedback } from '../leases/feedback';

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
  readonly isOver: (feedback: ProviderFeedback, code: string) => boolean;
}

const ENDLESS = Number.POSITIVE_INFINITY;
const isAccepted = ({ accepted, completed }: ProviderFeedback) => accepted + completed > 0;
/** Some codes are told by a job that was accepted and fails: only its completion shows that they are over. */
const isAcceptedOrCompleted = ({ accepted, completed }: ProviderFeedback, code: string) =>
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
export function needsHuman(code: string): boolean {
  return isHoldCode(code) || (isFailureCode(code) && getFailureRow(code).scope === 'account');
}

/** This many faults in a row, with no success between them, are an outage. */
export const MAX_OUTAGES_IN_A_ROW = 5;
/** Longer rests than this are holds, with an end that is told, and that somebody can bring forward. In ms. */
export const MAX_SILENT_REST_MS = 60_000;
/** A probe waits no longer than this for the end of what was under way before it, in ms. */
export const MAX_CLEARING_MS = 30_000;

export function newAccountHold(code: string, now: number, before: Hold | null, cause: string | null = null): Hold {
  const probes = isFailureCode(code) && getFailureRow(code).probed === true ? SELF_PROBING : null;
  return newHold({ kind: 'account', code, now, before, cause, remedy: findRemedy(code), probes });
}

export function newOutageHold(code: string, now: number, before: Hold | null, cause: string | null = null): Hold {
  const remedy = `Nothing to do: one item is tried again by itself. ${findRemedy(code)}`;
  return newHold({ kind: 'outage', code, now, before, cause, remedy });
}

function newAnswersHold(now: number, before: Hold | null): Hold {
  return newHold({ kind: 'answers', code: ANSWERS_LOST, now, before, remedy: findRemedy(ANSWERS_LOST) });
}

/** @param restMs what the provider asked for */
function newRestHold(code: string, restMs: number, now: number, before: Hold | null): Hold {
  const until = now + restMs;
  const remedy =
    'The provider asked to wait that long. Nothing to do: one item goes ahead then, or at once by "imagepipeline account resume".';
  return { ...newHold({ kind: 'rest', code, now, before, remedy }), until, probeAt: until };
}

export function newRequestedHold(reason: string, now: number): Hold {
  const remedy = `${toSentence(reason)}Run "imagepipeline account resume" to go on.`;
  return newHold({ kind: 'request', code: HELD_BY_REQUEST, now, before: null, remedy });
}

export function startProbe(hold: Hold, now: number): Hold {
  const clearBy = now + MAX_CLEARING_MS;
  return { ...hold, probing: true, probes: hold.probes + 1, clearBy, probeAt: null, until: null };
}

/** What a holder has told, and what that amounts to with what was told before. */
export interface HoldEvidence {
  readonly feedback: ProviderFeedback;
  /** Of it, what the item that goes ahead has met; `null`: nothing. */
  readonly ofProbe: ProviderFeedback | null;
  readonly before: FaultStreaks;
  readonly streaks: FaultStreaks;
}

/** What a report says about a hold: `lifted`, another one in its place, or nothing (`null`). */
export function judgeHold(hold: Hold | null, evidence: HoldEvidence, now: number): Hold | 'lifted' | null {
  const { streaks } = evidence;
  if (hold?.kind === 'answers' && evidence.feedback.found > 0 && streaks.lost < MAX_LOST_IN_A_ROW) return 'lifted';
  // What was submitted before the probe says nothing of whether the hold is over.
  const feedback = hold?.probing === true ? evidence.ofProbe : evidence.feedback;
  if (feedback === null) return null;
  return (
    judgeRefusal(hold, { ...evidence, feedback }, now) ??
    judgeRest(hold, feedback, now) ??
    (hold === null ? judgeStreak(streaks, feedback, now) : hold.probing ? judgeProbe(hold, feedback, now) : null)
  );
}

/** The account itself was refused. */
function judgeRefusal(hold: Hold | null, { feedback, before, streaks }: HoldEvidence, now: number): Hold | null {
  // What was on its way when the hold began meets the same, which is no news.
  if (hold !== null && isClosed(hold)) return null;
  const [code] = Object.keys(feedback.accountRefusals);
  if (code !== undefined) return newAccountHold(code, now, hold, feedback.cause);
  if (feedback.forbidden.length === 0 || !isNewlyForbidden(before, streaks)) return null;
  return newAccountHold('UNAUTHENTICATED', now, hold, 'Different items in a row were answered with HTTP 403');
}

function isClosed({ kind, probing: isProbing }: Hold): boolean {
  return (kind === 'account' || kind === 'request') && !isProbing;
}

function judgeRest(hold: Hold | null, { retryAfterMs, retryAfterCode }: ProviderFeedback, now: number): Hold | null {
  if (retryAfterMs === null || retryAfterMs <= MAX_SILENT_REST_MS || (hold !== null && isClosed(hold))) return null;
  // Many are refused at once, and each of them is told to wait.
  if (hold?.kind === 'rest' && !hold.probing && (hold.until ?? 0) >= now + retryAfterMs) return null;
  return newRestHold(retryAfterCode ?? 'RATE_LIMIT_EXCEEDED', retryAfterMs, now, hold);
}

function judgeStreak(
  { outages, outageCode, lost }: FaultStreaks,
  { cause }: ProviderFeedback,
  now: number,
): Hold | null {
  if (outages >= MAX_OUTAGES_IN_A_ROW) return newOutageHold(outageCode ?? 'PROVIDER_UNREACHABLE', now, null, cause);
  return lost >= MAX_LOST_IN_A_ROW ? newAnswersHold(now, null) : null;
}

/** Whatever it was to find out, a probe that met another fault has found out nothing. */
function judgeProbe(hold: Hold, feedback: ProviderFeedback, now: number): Hold | 'lifted' | null {
  if (feedback.outages > 0) return newOutageHold(feedback.outageCode ?? hold.code, now, hold, feedback.cause);
  if (feedback.lost > 0) return newAnswersHold(now, hold);
  return HOLD_RULES[hold.kind].isOver(feedback, hold.code) ? 'lifted' : null;
}

/** Whether a hold refuses a single item that does not wait for its end. */
export function isRefusing({ kind }: Hold, isNew: boolean): boolean {
  const { refuses } = HOLD_RULES[kind];
  return refuses === 'every' || (refuses === 'new' && isNew);
}

export function toNotice({ code, since, until, cause, remedy }: Hold): HoldNotice {
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
  const probeAt = backoff === null ? null : now + computeProbeDelay(probes, backoff);
  return { kind, code, cause, remedy, since, probing: false, probes, clearBy: null, probeAt, until: null };
}

function computeProbeDelay(probes: number, { initialMs, coefficient, maximumMs }: Backoff): number {
  return Math.min(maximumMs, initialMs * coefficient ** Math.min(probes, 16));
}

/** What a person can do about a hold. */
function findRemedy(code: string): string {
  return isFailureCode(code) ? getFailureRow(code).remedy : (holdRemedy(code) ?? '');
}

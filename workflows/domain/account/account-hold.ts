/** When an account may not submit, why, and how it recovers. Pure. */
import { type Backoff, getFailureRow, isFailureCode } from '../failures/failures';
import {
  ANSWERS_LOST,
  BALANCE_LOW,
  HELD_BY_REQUEST,
  type HoldNotice,
  holdRemedy,
  isHoldCode,
} from '../failures/hold-codes';
import { type FaultStreaks, isNewlyForbidden, MAX_LOST_IN_A_ROW } from '../leases/fault-streaks';
import type { ProviderFeedback } from '../leases/feedback';
import { isCauseOver, type Successes } from '../leases/operation-feedback';

/**
 * `account`: key or credits were refused. `balance`: it is below its bound. `outage`: the provider fails for all items of
 * an operation. `answers`: submissions are accepted but their answers are lost. `rest`: the provider requested a long rest.
 * `request`: a person held it.
 */
type HoldKind = 'account' | 'balance' | 'outage' | 'answers' | 'rest' | 'request';

export interface Hold {
  readonly kind: HoldKind;
  /** A failure code, or a code of `hold-codes.ts`. */
  readonly code: string;
  /** In ms since the epoch. */
  readonly since: number;
  /** What was observed, as reported, or the reason of a hold by request; `null` if unknown. */
  readonly cause: string | null;
  readonly remedy: string;
  /** Whether a probe is in progress. */
  readonly probing: boolean;
  /** Whether another probe was requested during the current one, which may have met a cause that is over. */
  readonly again?: true;
  /** Whether earlier submissions have succeeded since the probe was requested; for an outage, since it began. */
  readonly earlierSucceeded?: true;
  /** Number of probes so far. */
  readonly probes: number;
  /** How long the probe waits for earlier submissions to finish, in ms since the epoch; `null` without a probe. */
  readonly clearBy: number | null;
  /** Time of the next automatic probe, in ms since the epoch; `null` if probes are sent only on request. */
  readonly probeAt: number | null;
  /** End of the rest requested by the provider, in ms since the epoch; `null` if unknown. */
  readonly until: number | null;
}

interface HoldRule {
  /** Which single items that do not wait are refused: `new` are those that have submitted nothing yet. */
  readonly refuses: 'every' | 'new' | 'none';
  /** Backoff of the automatic probes; `null` if there are none. */
  readonly probes: Backoff | null;
  /** Maximum automatic probes; later ones are sent on request. */
  readonly maxProbes: number;
  /** Whether the probe's feedback shows that the cause is over. */
  readonly isOver: (feedback: Successes, code: string) => boolean;
}

const ENDLESS = Number.POSITIVE_INFINITY;
const isAccepted = ({ accepted, completed }: Successes) => accepted + completed > 0;

const HOLD_RULES: Readonly<Record<HoldKind, HoldRule>> = {
  account: { refuses: 'every', probes: null, maxProbes: 0, isOver: isCauseOver },
  // Long enough to be no load, short enough to notice the end soon.
  outage: {
    refuses: 'none',
    probes: { initialMs: 2_000, coefficient: 2, maximumMs: 300_000 },
    maxProbes: ENDLESS,
    isOver: isCauseOver,
  },
  // Each probe may cost another paid job that cannot be found.
  answers: {
    refuses: 'new',
    probes: { initialMs: 5_000, coefficient: 6, maximumMs: 180_000 },
    maxProbes: 3,
    isOver: isAccepted,
  },
  rest: { refuses: 'new', probes: null, maxProbes: 0, isOver: isAccepted },
  request: { refuses: 'every', probes: null, maxProbes: 0, isOver: () => false },
  // Judged by the balance that the probe reports.
  balance: { refuses: 'every', probes: null, maxProbes: 0, isOver: () => false },
};

/** Backoff for causes that affect all items but may end without a person. */
const SELF_PROBING: Backoff = { initialMs: 30_000, coefficient: 2, maximumMs: 900_000 };

/** Whether only a person can end the hold, so that items do not wait for it by default. */
export function needsHuman(code: string): boolean {
  return isHoldCode(code) || (isFailureCode(code) && getFailureRow(code).scope === 'account');
}

/** Faults in a row, without a success between them, that count as an outage. */
export const MAX_OUTAGES_IN_A_ROW = 5;
/**
 * Longest rest, in ms, that is waited out silently. A longer one becomes a hold, which is visible and can be ended
 * early.
 */
export const MAX_SILENT_REST_MS = 60_000;
/** Maximum time, in ms, that a probe waits for earlier submissions to finish. */
export const MAX_CLEARING_MS = 30_000;

export function newAccountHold(code: string, now: number, before: Hold | null, cause: string | null = null): Hold {
  const probes = isFailureCode(code) && getFailureRow(code).probed === true ? SELF_PROBING : null;
  return newHold({ kind: 'account', code, now, before, cause, remedy: findRemedy(code), probes });
}

export function newOutageHold(code: string, now: number, before: Hold | null, cause: string | null = null): Hold {
  const remedy = `Nothing to do: one item is retried automatically. ${findRemedy(code)}`;
  return newHold({ kind: 'outage', code, now, before, cause, remedy });
}

function newAnswersHold(now: number, before: Hold | null): Hold {
  return newHold({ kind: 'answers', code: ANSWERS_LOST, now, before, remedy: findRemedy(ANSWERS_LOST) });
}

/** @param cause the balance and its bound */
export function newBalanceHold(cause: string, now: number, before: Hold | null): Hold {
  return newHold({ kind: 'balance', code: BALANCE_LOW, now, before, cause, remedy: findRemedy(BALANCE_LOW) });
}

/** @param restMs rest requested by the provider, in ms */
export function newRestHold(code: string, restMs: number, now: number, before: Hold | null): Hold {
  const until = now + restMs;
  const remedy =
    'The provider requested this wait. Nothing to do: one item is then sent as a probe. To send it now, run "imagepipeline account resume".';
  return { ...newHold({ kind: 'rest', code, now, before, remedy }), until, probeAt: until };
}

export function newRequestedHold(reason: string, now: number): Hold {
  const remedy = 'Run "imagepipeline account resume" to continue.';
  const cause = reason === '' ? null : reason;
  return newHold({ kind: 'request', code: HELD_BY_REQUEST, now, before: null, cause, remedy });
}

export function startProbe(hold: Hold, now: number): Hold {
  const clearBy = now + MAX_CLEARING_MS;
  return { ...hold, probing: true, probes: hold.probes + 1, clearBy, probeAt: null, until: null };
}

/** A holder's feedback, and its totals with earlier feedback. */
interface HoldEvidence {
  readonly feedback: ProviderFeedback;
  /** The probe's part of it; `null` if there is none. */
  readonly ofProbe: ProviderFeedback | null;
  readonly before: FaultStreaks;
  readonly streaks: FaultStreaks;
}

/** Judges feedback against a hold: returns `lifted`, a new hold, or `null` for no change. */
export function judgeHold(hold: Hold | null, evidence: HoldEvidence, now: number): Hold | 'lifted' | null {
  const { streaks } = evidence;
  if (hold?.kind === 'answers' && evidence.feedback.found > 0 && streaks.lost < MAX_LOST_IN_A_ROW) return 'lifted';
  // Submissions from before the probe do not show whether the cause is over.
  const feedback = hold?.probing === true ? evidence.ofProbe : evidence.feedback;
  if (feedback === null) return null;
  return (
    judgeRefusal(hold, { ...evidence, feedback }, now) ??
    judgeRest(hold, feedback, now) ??
    (hold === null ? judgeStreak(streaks, now) : hold.probing ? judgeProbe(hold, feedback, now) : null)
  );
}

/** The account itself was refused. */
function judgeRefusal(hold: Hold | null, { feedback, before, streaks }: HoldEvidence, now: number): Hold | null {
  // Submissions in flight when the hold began are refused too, which is no new information.
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
  // Many are refused at once, each with a Retry-After.
  if (hold?.kind === 'rest' && !hold.probing && (hold.until ?? 0) >= now + retryAfterMs) return null;
  return newRestHold(retryAfterCode ?? 'RATE_LIMIT_EXCEEDED', retryAfterMs, now, hold);
}

function judgeStreak({ lost }: FaultStreaks, now: number): Hold | null {
  return lost >= MAX_LOST_IN_A_ROW ? newAnswersHold(now, null) : null;
}

/** A probe that met a different fault proves nothing about the hold. */
function judgeProbe(hold: Hold, feedback: ProviderFeedback, now: number): Hold | 'lifted' | null {
  if (feedback.lost > 0) return newAnswersHold(now, hold);
  return HOLD_RULES[hold.kind].isOver(feedback, hold.code) ? 'lifted' : null;
}

/** Records whether submissions from before a requested probe have succeeded since. */
export function withEarlierFeedback(hold: Hold | null, feedback: Successes): Hold | null {
  return hold?.probing === true ? withEarlierSuccess(hold, feedback) : hold;
}

/** Records a success of submissions that are no probe. */
export function withEarlierSuccess(hold: Hold, feedback: Successes): Hold {
  return HOLD_RULES[hold.kind].isOver(feedback, hold.code) ? { ...hold, earlierSucceeded: true } : hold;
}

/** Whether a hold refuses a single item that does not wait. */
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

/** A recurring hold keeps its start, and its probes continue with growing intervals; a different hold starts afresh. */
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

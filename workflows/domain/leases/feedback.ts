/** What holders of permits tell about how the provider took what they sent: counts only, so that they can be added. */
import { addCounts } from '../base/counts';
import type { FailureCode } from '../failures/failures';
import type { Refusals } from '../pace/pace';

/** Since the last time that it was told. */
export interface News {
  /** Submissions that were accepted. */
  readonly accepted: number;
  /** Jobs that completed or failed for a reason of their own, which proves that the account may go on. */
  readonly completed: number;
  readonly refusals: Refusals;
  /** The longest wait that the provider asked for, in ms. */
  readonly retryAfterMs: number | null;
  /** The code that came with it. */
  readonly retryAfterCode: string | null;
  /** What the newest of these refusals and faults said; `null`: nothing was met. */
  readonly cause: string | null;
  /** Codes with which the account itself was refused, by number. */
  readonly walls: Readonly<Record<string, number>>;
  /** Faults in a row that look like an outage, without a success between or after them. */
  readonly outages: number;
  /** The last code of such a fault. */
  readonly outageCode: string | null;
  /** Submissions in a row whose answer was lost, without an accepted one between or after them. */
  readonly lost: number;
  /** Submissions whose answer was lost and whose job its callback has told. */
  readonly found: number;
  /** Different items that were answered with FORBIDDEN, without an accepted submission after them. */
  readonly forbidden: readonly string[];
  /** With the newest grant, all permits were in flight at some time while work waited. */
  readonly full: boolean;
  /** Of all this, what the submission has met that went ahead to see whether a hold is over; `null`: nothing yet. */
  readonly ofProbe: News | null;
}

const NO_REFUSALS: Refusals = { concurrency: 0, rate: 0, unclear: 0 };

export const NO_NEWS: News = {
  accepted: 0,
  completed: 0,
  refusals: NO_REFUSALS,
  retryAfterMs: null,
  retryAfterCode: null,
  cause: null,
  walls: {},
  outages: 0,
  outageCode: null,
  lost: 0,
  found: 0,
  forbidden: [],
  full: false,
  ofProbe: null,
};

/** News of the submission that went ahead. */
export function markAsProbe(news: News): News {
  return { ...news, ofProbe: news };
}

/** What is told by two of which `later` is the newer; only the newer knows whether all permits are in use. */
export function addNews(earlier: News, later: News): News {
  return {
    accepted: earlier.accepted + later.accepted,
    completed: earlier.completed + later.completed,
    refusals: addCounts(earlier.refusals, later.refusals),
    ...longerRest(earlier, later),
    cause: later.cause ?? earlier.cause,
    walls: addCounts(earlier.walls, later.walls),
    outages: outagesAfter(earlier.outages, later.outageCode ?? earlier.outageCode ?? '', later),
    outageCode: later.outageCode ?? earlier.outageCode,
    // Both may be told apart only together: what was found since may have been lost before it was told.
    lost: lostAfter(earlier.lost, { ...later, found: 0 }),
    found: earlier.found + later.found,
    forbidden: forbiddenAfter(earlier.forbidden, later),
    full: later.full,
    ofProbe: addNewsOfProbe(earlier.ofProbe, later.ofProbe),
  };
}

function addNewsOfProbe(earlier: News | null, later: News | null): News | null {
  return earlier === null || later === null ? (earlier ?? later) : addNews(earlier, later);
}

export function refusalCount({ concurrency, rate, unclear }: Refusals): number {
  return concurrency + rate + unclear;
}

/** Whether the account itself was refused. */
export function isWall({ walls }: News): boolean {
  return Object.keys(walls).length > 0;
}

/** Whether whoever met it submits nothing in its place before the governor has answered. */
export function wantsAnswer(news: News): boolean {
  return refusalCount(news.refusals) > 0 || isWall(news) || news.lost > 0 || news.forbidden.length > 0;
}

/** Whether others should hear of it at once; `full` is judged by who knows what was told before. */
export function isUrgent(news: News): boolean {
  if (wantsAnswer(news) || news.found > 0) return true;
  const { accepted, completed, outages } = news.ofProbe ?? NO_NEWS;
  return news.outages >= OUTAGES_TO_TELL || accepted + completed + outages > 0;
}

/** Single faults happen; this many in a row without a success are worth a message. */
const OUTAGES_TO_TELL = 3;

function longerRest(earlier: News, later: News): Pick<News, 'retryAfterMs' | 'retryAfterCode'> {
  const { retryAfterMs, retryAfterCode } = (later.retryAfterMs ?? -1) > (earlier.retryAfterMs ?? -1) ? later : earlier;
  return { retryAfterMs, retryAfterCode };
}

/** Different items that are forbidden; more show nothing more. */
export const MAX_FORBIDDEN = 2;

/** Codes that are told when a job is submitted; all others may be told by a job that was accepted and fails. */
const SUBMIT_TIME_CODES: readonly FailureCode[] = ['UNAUTHENTICATED', 'CERTIFICATE_INVALID', 'PROVIDER_UNREACHABLE'];

/** Whether an accepted submission shows that what this code tells of is over. */
export function isSubmitTimeCode(code: string): boolean {
  return SUBMIT_TIME_CODES.some((name) => name === code);
}

/** Faults in a row that look like an outage, after more of them or a success. */
export function outagesAfter(before: number, code: string, { accepted, completed, outages }: News): number {
  const isOver = completed > 0 || (accepted > 0 && isSubmitTimeCode(code));
  return isOver ? outages : before + outages;
}

/** Only an answer shows that answers come: a job that completes was accepted before. */
export function lostAfter(before: number, { accepted, lost, found }: News): number {
  return Math.max(0, (accepted > 0 ? 0 : before) + lost - found);
}

export function forbiddenAfter(before: readonly string[], { accepted, forbidden }: News): readonly string[] {
  const known = accepted > 0 ? [] : before;
  return [...known, ...forbidden.filter((item) => !known.includes(item))].slice(-MAX_FORBIDDEN);
}

/** What holders of permits tell about how the provider took what they sent: counts only, so that they can be added. */
import { addCounts } from './counts';
import type { FailureCode } from './failures';
import type { Refusals } from './pace';

/** Since the last time that it was told. */
export interface News {
  /** Submissions that were accepted. */
  readonly accepted: number;
  /** Jobs that completed or failed for a reason of their own, which proves that the account may go on. */
  readonly completed: number;
  readonly refusals: Refusals;
  /** The longest wait that the provider asked for, in ms. */
  readonly retryAfterMs: number | null;
  /** Codes with which the account itself was refused, by number. */
  readonly walls: Readonly<Record<string, number>>;
  /** Faults in a row that look like an outage, without a success between or after them. */
  readonly outages: number;
  /** The last code of such a fault. */
  readonly outageCode: string | null;
  /** With the newest grant, all permits were in flight at some time while work waited. */
  readonly full: boolean;
}

const NO_REFUSALS: Refusals = { concurrency: 0, rate: 0, unclear: 0 };

export const NO_NEWS: News = {
  accepted: 0,
  completed: 0,
  refusals: NO_REFUSALS,
  retryAfterMs: null,
  walls: {},
  outages: 0,
  outageCode: null,
  full: false,
};

/** What is told by two of which `later` is the newer; only the newer knows whether all permits are in use. */
export function addNews(earlier: News, later: News): News {
  return {
    accepted: earlier.accepted + later.accepted,
    completed: earlier.completed + later.completed,
    refusals: addCounts(earlier.refusals, later.refusals),
    retryAfterMs: longer(earlier.retryAfterMs, later.retryAfterMs),
    walls: addCounts(earlier.walls, later.walls),
    outages: outagesAfter(earlier.outages, later.outageCode ?? earlier.outageCode ?? '', later),
    outageCode: later.outageCode ?? earlier.outageCode,
    full: later.full,
  };
}

export function refusalCount({ concurrency, rate, unclear }: Refusals): number {
  return concurrency + rate + unclear;
}

/** Codes that are told when a job is submitted; all others may be told by a job that was accepted and fails. */
const TOLD_AT_THE_DOOR: readonly FailureCode[] = ['UNAUTHENTICATED', 'PROVIDER_UNREACHABLE'];

/** Whether an accepted submission shows that what this code tells of is over. */
export function isToldAtTheDoor(code: string): boolean {
  return TOLD_AT_THE_DOOR.some((name) => name === code);
}

/** Faults in a row that look like an outage, after more of them or a success. */
export function outagesAfter(before: number, code: string, { accepted, completed, outages }: News): number {
  const isOver = completed > 0 || (accepted > 0 && isToldAtTheDoor(code));
  return isOver ? outages : before + outages;
}

/** Whether the account itself was refused. */
export function isWall({ walls }: News): boolean {
  return Object.keys(walls).length > 0;
}

/** Whether whoever met it submits nothing in its place before the governor has answered. */
export function wantsAnswer(news: News): boolean {
  return refusalCount(news.refusals) > 0 || isWall(news);
}

/** Whether others should hear of it at once; `full` is judged by who knows what was told before. */
export function isUrgent(news: News, isProbe: boolean): boolean {
  if (wantsAnswer(news)) return true;
  return news.outages >= OUTAGES_TO_TELL || (isProbe && news.accepted + news.completed + news.outages > 0);
}

/** Single faults happen; this many in a row without a success are worth a message. */
const OUTAGES_TO_TELL = 3;

function longer(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}

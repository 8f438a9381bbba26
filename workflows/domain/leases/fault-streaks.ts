/** Faults in a row that may be everybody's and no item's, with no success between them. Pure. */
import type { FailureCode } from '../failures/failures';
import type { News } from './feedback';

/** This many submissions in a row whose answers are lost are a fault of the path to the provider. */
export const MAX_LOST_IN_A_ROW = 5;
/** Different items that are forbidden; more show nothing more. */
const MAX_FORBIDDEN = 2;

/** Codes that are told when a job is submitted; all others may be told by a job that was accepted and fails. */
const SUBMIT_TIME_CODES: readonly FailureCode[] = ['UNAUTHENTICATED', 'CERTIFICATE_INVALID', 'PROVIDER_UNREACHABLE'];

/** Whether an accepted submission shows that what this code tells of is over. */
export function isSubmitTimeCode(code: string): boolean {
  return SUBMIT_TIME_CODES.some((name) => name === code);
}

export interface FaultStreaks {
  /** Faults that look like an outage. */
  readonly outages: number;
  /** The code of the last of them. */
  readonly outageCode: string | null;
  /** Submissions whose answer was lost and whose job nobody has found. */
  readonly lost: number;
  /** When the first of them was told, in ms since the epoch; `null`: there is none. */
  readonly lostSince: number | null;
  /** Different items that were answered with FORBIDDEN, the newest last. */
  readonly forbidden: readonly string[];
}

export const NO_STREAKS: FaultStreaks = {
  outages: 0,
  outageCode: null,
  lost: 0,
  lostSince: null,
  forbidden: [],
};

export function withNews(streaks: FaultStreaks, news: News, now: number): FaultStreaks {
  const outageCode = news.outageCode ?? streaks.outageCode;
  const lost = lostAfter(streaks.lost, news);
  return {
    ...streaks,
    outages: outagesAfter(streaks.outages, outageCode ?? '', news),
    outageCode,
    lost,
    lostSince: lost === 0 ? null : (streaks.lostSince ?? now),
    forbidden: forbiddenAfter(streaks.forbidden, news),
  };
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

/** Whether a second item, another than the first, was forbidden: then the key is, and no item. */
export function isNewlyForbidden(before: FaultStreaks, { forbidden }: FaultStreaks): boolean {
  return forbidden.length >= MAX_FORBIDDEN && forbidden.some((item) => !before.forbidden.includes(item));
}

/** Faults in a row that may be everybody's and no item's, with no success between them. Pure. */
import { addForbidden, countLost, countOutages, MAX_FORBIDDEN, type ProviderFeedback } from './feedback';

/** This many submissions in a row whose answers are lost are a fault of the path to the provider. */
export const MAX_LOST_IN_A_ROW = 5;
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

export function withFeedback(streaks: FaultStreaks, feedback: ProviderFeedback, now: number): FaultStreaks {
  const outageCode = feedback.outageCode ?? streaks.outageCode;
  const lost = countLost(streaks.lost, feedback);
  return {
    ...streaks,
    outages: countOutages(streaks.outages, outageCode ?? '', feedback),
    outageCode,
    lost,
    lostSince: lost === 0 ? null : (streaks.lostSince ?? now),
    forbidden: addForbidden(streaks.forbidden, feedback),
  };
}

/** Whether a second item, another than the first, was forbidden: then the key is, and no item. */
export function isNewlyForbidden(before: FaultStreaks, { forbidden }: FaultStreaks): boolean {
  return forbidden.length >= MAX_FORBIDDEN && forbidden.some((item) => !before.forbidden.includes(item));
}

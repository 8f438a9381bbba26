/** Streaks of faults that may be account-wide: faults in a row without a success between them. Pure. */
import { addForbidden, countLost, countOutages, MAX_FORBIDDEN, type ProviderFeedback } from './feedback';

/** This many submissions in a row whose answers are lost are a fault of the path to the provider. */
export const MAX_LOST_IN_A_ROW = 5;
export interface FaultStreaks {
  /** Number of faults in a row that look like an outage. */
  readonly outages: number;
  /** Code of the last of them. */
  readonly outageCode: string | null;
  /** Submissions in a row whose answer was lost and whose job was not found. */
  readonly lost: number;
  /** When the first of them was reported, in ms since the epoch; `null` if there is none. */
  readonly lostSince: number | null;
  /** Different items answered with FORBIDDEN, newest last. */
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

/** Whether a second, different item was forbidden, which means that the key is refused. */
export function isNewlyForbidden(before: FaultStreaks, { forbidden }: FaultStreaks): boolean {
  return forbidden.length >= MAX_FORBIDDEN && forbidden.some((item) => !before.forbidden.includes(item));
}

/** Streaks of faults that may be account-wide: faults in a row without a success between them. Pure. */
import { getOwn } from '../base/own-value';
import { addForbidden, countLost, MAX_FORBIDDEN, type ProviderFeedback } from './feedback';
import { countOutages, type OperationFeedbacks } from './operation-feedback';

/** This many submissions in a row whose answers are lost are a fault of the path to the provider. */
export const MAX_LOST_IN_A_ROW = 5;
export interface FaultStreaks {
  /** Submissions in a row whose answer was lost and whose job was not found. */
  readonly lost: number;
  /** When the first of them was reported, in ms since the epoch; `null` if there is none. */
  readonly lostSince: number | null;
  /** Different items answered with FORBIDDEN, newest last. */
  readonly forbidden: readonly string[];
  /** Faults in a row that look like an outage of one operation, by operation; without those that have none. */
  readonly operations: Readonly<Record<string, OperationStreak>>;
}

interface OperationStreak {
  readonly outages: number;
  /** Code of the last of them. */
  readonly code: string;
}

export const NO_STREAKS: FaultStreaks = {
  lost: 0,
  lostSince: null,
  forbidden: [],
  operations: {},
};

export function withFeedback(streaks: FaultStreaks, feedback: ProviderFeedback, now: number): FaultStreaks {
  const lost = countLost(streaks.lost, feedback);
  return {
    ...streaks,
    lost,
    lostSince: lost === 0 ? null : (streaks.lostSince ?? now),
    forbidden: addForbidden(streaks.forbidden, feedback),
    operations: countByOperation(streaks.operations, feedback.operations ?? {}),
  };
}

function countByOperation(
  before: FaultStreaks['operations'],
  feedbacks: OperationFeedbacks,
): FaultStreaks['operations'] {
  const changed = Object.entries(feedbacks);
  if (changed.length === 0) return before;
  const streaks = new Map(Object.entries(before));
  for (const [operation, feedback] of changed) {
    const known = getOwn(before, operation);
    const code = feedback.outageCode ?? known?.code ?? '';
    const outages = countOutages(known?.outages ?? 0, code, feedback);
    if (outages === 0) streaks.delete(operation);
    else streaks.set(operation, { outages, code });
  }
  return Object.fromEntries(streaks);
}

/** Whether a second, different item was forbidden, which means that the key is refused. */
export function isNewlyForbidden(before: FaultStreaks, { forbidden }: FaultStreaks): boolean {
  return forbidden.length >= MAX_FORBIDDEN && forbidden.some((item) => !before.forbidden.includes(item));
}

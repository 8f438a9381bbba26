/** The activities about the account as workflows call them. They speak with Temporal only. */
import { proxyActivities } from '@temporalio/workflow';
import type { AccountActivities } from './domain/activity-contract';

const ATTEMPT_MS = 30_000;
/** Longer gaps would only make people wait once the server is back. */
const LONGEST_GAP_MS = 10_000;

export const accountActivities = proxyActivities<AccountActivities>({
  startToCloseTimeout: ATTEMPT_MS,
  retry: { maximumInterval: LONGEST_GAP_MS },
});

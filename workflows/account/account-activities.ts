/** Account activities as workflows call them. They only talk to Temporal. */
import type { AccountActivities } from '../domain/account/activity-contract';
import { formatCount } from '../domain/base/format-count';
import { withSummaries } from '../temporal/with-summaries';

const ATTEMPT_MS = 30_000;
/** Maximum retry interval, in ms. A longer one would only delay recovery once the server is back. */
const MAX_GAP_MS = 10_000;

export const accountActivities = withSummaries<AccountActivities>(
  {
    startToCloseTimeout: ATTEMPT_MS,
    retry: { maximumInterval: MAX_GAP_MS },
  },
  {
    joinAccount: ({ account, report }) => `account ${account}, ${formatCount(report.wants, 'permit')} wanted`,
    findEndedHolders: (holders) => `${holders.length} silent holders`,
    computeHours: ({ windows, timezone }) => `${windows.join(', ')} ${timezone}`,
    requestRegistrations: (account) => `running batches of the account ${account}`,
  },
);

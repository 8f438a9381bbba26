/** Batch activities as workflows call them. They use the store and Temporal, never the provider. */
import { formatCount } from '../domain/base/format-count';
import type { BatchActivities } from '../domain/batch/activity-contract';
import { NOT_IN_STORE } from '../domain/item/application-failure';
import { type Summaries, withSummaries } from '../temporal/with-summaries';

/** Timeout of one attempt, in ms. Each reads or writes a few hundred rows, so a slower store counts as unavailable. */
const ATTEMPT_MS = 60_000;
const HEARTBEAT_MS = 15_000;
/** Maximum retry interval, in ms. A longer one would only delay recovery once the store is back. */
const MAX_GAP_MS = 30_000;

const SUMMARIES: Summaries<BatchActivities> = {
  storeRows: ({ rows }) => `${rows.length} rows`,
  loadPage: ({ part }) => `keys of part ${part}`,
  reportPage: ({ rows, report }) => `${formatCount(rows.length, 'outcome')}${report.done ? ', the last' : ''}`,
  closeItems: ({ keys }) => `${formatCount(keys.length, 'item')} begun by another run of the page`,
  closeDeadPage: ({ part, size }) => `${formatCount(size, 'item')} of part ${part}, whose page has ended`,
  cancelParts: ({ parts }) =>
    `${formatCount(
      parts.reduce((sum, { size }) => sum + size, 0),
      'item',
    )} without a page`,
  findDeadPages: ({ parts }) => formatCount(parts.length, 'silent page'),
  findStuckWorkflows: ({ parts }) => `${formatCount(parts.length, 'page')} of a cancelled batch`,
  endWorkflows: (ids) => `${formatCount(ids.length, 'workflow')} with failing tasks`,
};

export const batchActivities = withSummaries<BatchActivities>(
  {
    startToCloseTimeout: ATTEMPT_MS,
    // Detects a dead worker long before the attempt's own timeout.
    heartbeatTimeout: HEARTBEAT_MS,
    retry: { maximumInterval: MAX_GAP_MS },
  },
  SUMMARIES,
);

/** About seven seconds of attempts. Then the batch reports why the page cannot start, and retries on its own. */
const FIRST_LOAD_ATTEMPTS = 4;

/** Loads a page that has not begun yet. */
export const firstLoad = withSummaries<Pick<BatchActivities, 'loadPage'>>(
  {
    startToCloseTimeout: ATTEMPT_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    // Applies to first loads only: a page that has begun waits, because a worker with another store must not end it.
    retry: { maximumAttempts: FIRST_LOAD_ATTEMPTS, nonRetryableErrorTypes: [NOT_IN_STORE] },
  },
  { loadPage: SUMMARIES.loadPage },
);

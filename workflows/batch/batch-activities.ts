/** The activities of batches as workflows call them. They touch the store and Temporal, never the provider. */
import { formatCount } from '../domain/base/format-count';
import type { BatchActivities } from '../domain/batch/activity-contract';
import { NOT_IN_STORE } from '../domain/item/application-failure';
import { type Summaries, withSummaries } from '../temporal/with-summaries';

/** Each reads or writes a few hundred rows; a store that is slower than this is not there. */
const ATTEMPT_MS = 60_000;
const HEARTBEAT_MS = 15_000;
/** Longer gaps would only make people wait once the store is back. */
const MAX_GAP_MS = 30_000;

const SUMMARIES: Summaries<BatchActivities> = {
  storeRows: ({ rows }) => `${rows.length} rows`,
  loadPage: ({ part }) => `keys of part ${part}`,
  reportPage: ({ rows, report }) => `${formatCount(rows.length, 'outcome')}${report.done ? ', the last' : ''}`,
  closeItems: ({ keys }) => `${formatCount(keys.length, 'item')} that another run of the page has begun`,
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
    // A worker that dies in the middle is noticed long before the attempt would be over.
    heartbeatTimeout: HEARTBEAT_MS,
    retry: { maximumInterval: MAX_GAP_MS },
  },
  SUMMARIES,
);

/** About seven seconds of attempts: then the batch says why it cannot go on, and tries again itself. */
const FIRST_LOAD_ATTEMPTS = 4;

/** To load a page that has not begun yet. */
export const firstLoad = withSummaries<Pick<BatchActivities, 'loadPage'>>(
  {
    startToCloseTimeout: ATTEMPT_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    // Of a page that has begun it is waited for: it must not end for a worker that has another store.
    retry: { maximumAttempts: FIRST_LOAD_ATTEMPTS, nonRetryableErrorTypes: [NOT_IN_STORE] },
  },
  { loadPage: SUMMARIES.loadPage },
);

/** Defaults shared by components that must agree. */

/** Store folder, relative to the working directory: workers write results there, clients write manifests. */
export const DEFAULT_STORE = '.imagepipeline/store';

/** Time limit per item, in ms: one day. Results expire after that, so a longer limit is rarely useful. */
export const DEFAULT_DEADLINE_MS = 24 * 60 * 60_000;

/** Items per page: enough to make pages cheap, few enough to keep a history short. */
export const PAGE_SIZE = 250;

/** Task queue that workers poll and clients start on by default. */
export const TASK_QUEUE = 'imagepipeline';

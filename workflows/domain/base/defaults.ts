/** What holds where nobody says otherwise; shared by those who must agree. */

/** Folder of the store, relative to the working folder: the worker writes results there, the client manifests. */
export const DEFAULT_STORE = '.imagepipeline/store';

/** A day: results die after that, so that longer tries are seldom worth it. */
export const DEFAULT_DEADLINE_MS = 24 * 60 * 60_000;

/** Items of a page: enough that pages cost little, few enough that a history stays short. */
export const PAGE_SIZE = 250;

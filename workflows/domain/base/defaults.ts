/** What holds where nobody says otherwise; shared by those who must agree. */

/** Folder of the store, relative to the working folder: the worker writes results there, the client manifests. */
export const DEFAULT_STORE = '.imagepipeline/store';

/** Items of a page: enough that pages cost little, few enough that a history stays short. */
export const PAGE_SIZE = 250;

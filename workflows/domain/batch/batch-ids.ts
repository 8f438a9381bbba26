/** Ids derived from a batch's id. */

/** Workflow id of a page; `part` counts from 0. */
export function pageWorkflowId(batchId: string, part: number): string {
  return `${batchId}/page-${String(part).padStart(6, '0')}`;
}

/** Folder below the store's root. */
export function batchItemsFolder(batchId: string): string {
  return `batches/${batchId}/items`;
}

const ITEMS_FOLDER = /^batches\/([^/]+)\/items$/;

/** The id of the batch whose items have their results in a folder; `null` for another folder. */
export function findBatchOfFolder(folder: string): string | null {
  return ITEMS_FOLDER.exec(folder)?.[1] ?? null;
}

const PAGE_SUFFIX = /^page-\d+$/;

/**
 * Workflow id of an item that runs as its own workflow. A key that looks like a page gets the prefix `~`, which no key
 * contains.
 */
export function itemWorkflowId(batchId: string, key: string): string {
  return `${batchId}/${PAGE_SUFFIX.test(key) ? '~' : ''}${key}`;
}

/** Memo with the run of a batch that its pages belong to; set for the whole run. */
export const BATCH_RUN_MEMO = 'batchRun';

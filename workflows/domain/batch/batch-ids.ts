/** Ids that follow from a batch's id, so that anybody who knows it finds its parts. */

/** The workflow id of a page; `part` counts from 0. */
export function pageWorkflowId(batchId: string, part: number): string {
  return `${batchId}/page-${String(part).padStart(6, '0')}`;
}

/** Below the store's root. */
export function batchItemsFolder(batchId: string): string {
  return `batches/${batchId}/items`;
}

const PAGE_SUFFIX = /^page-\d+$/;

/**
 * The workflow id of an item that runs as a workflow of its own. A key may look like a page; `~` is in no key, so that
 * its id is nobody else's.
 */
export function itemWorkflowId(batchId: string, key: string): string {
  return `${batchId}/${PAGE_SUFFIX.test(key) ? '~' : ''}${key}`;
}

/** The memo that names the run of a batch which its pages belong to; it lasts from the start of a run to its end. */
export const BATCH_RUN_MEMO = 'batchRun';

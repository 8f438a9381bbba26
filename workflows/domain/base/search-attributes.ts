/** Search attributes of items and batches, if the namespace has them; all of type Keyword. */
export const SEARCH_ATTRIBUTES = {
  /** `running`, then the item's outcome; for batches see `toSearchState`. */
  state: 'ImagePipelineState',
  account: 'ImagePipelineAccount',
  /** The failure code of an item. */
  code: 'ImagePipelineCode',
} as const;

/** Initial state of a workflow. */
export const FIRST_STATE = 'running';

/** By what images and batches can be found in Temporal, where the namespace has it; all of type Keyword. */
export const SEARCH_ATTRIBUTES = {
  /** `running`, then an image's outcome; of a batch see `toSearchState`. */
  state: 'ImagePipelineState',
  account: 'ImagePipelineAccount',
  /** With what an image failed. */
  code: 'ImagePipelineCode',
} as const;

/** Until a workflow says more. */
export const FIRST_STATE = 'running';

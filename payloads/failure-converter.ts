/** Loaded by path, also into the bundle of the workflows, so that messages and stack traces pass through the codec. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });

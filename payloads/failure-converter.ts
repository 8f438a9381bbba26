/** Loaded by path, also into the workflow bundle. It makes messages and stack traces pass through the codec. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });

/** Activities that have reported their result to Temporal themselves, as `submitJob` does with an accepted job. */
import { CompleteAsyncError } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { isReported } from '../activities';

/** The outermost interceptor: the others see the result, and no error. Temporal would refuse a second report. */
export function skipReported(): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        const result = await next(input);
        if (isReported(result)) throw new CompleteAsyncError();
        return result;
      },
    },
  };
}

/** The work exceeded its deadline. It may still run, but its result is ignored. */
export class DeadlinePassedError extends Error {
  override readonly name = 'DeadlinePassedError';
}

/**
 * Returns the result of `work`, or throws after `limitMs`.
 *
 * @param what beginning of the error message
 * @throws any error of `work`, or DeadlinePassedError
 */
export async function withDeadline<T>(what: string, limitMs: number, work: Promise<T>): Promise<T> {
  // A plain timer: aborting one of `timers/promises` creates an error with its stack trace each time.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(new DeadlinePassedError(`${what} took longer than ${limitMs / 1_000} s`));
    timer = setTimeout(fail, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

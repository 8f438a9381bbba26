/** NO_CLI: no Temporal CLI can be used. The others: the server could not be started. */
export type TemporalServerErrorCode =
  | 'NO_CLI'
  | 'PORT_IN_USE'
  | 'DATABASE_IN_USE'
  | 'DATABASE_UNUSABLE'
  | 'SERVER_EXITED'
  | 'SERVER_NOT_READY';

/** There is no Temporal server; the message says why, and what to do. */
export class TemporalServerError extends Error {
  override readonly name = 'TemporalServerError';

  constructor(
    readonly code: TemporalServerErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** A program does not exist. */
export class NotThere extends Error {}

/** The message of any thrown value. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The call's result; `null` if it fails with this system error, for example `ENOENT`. */
export function unlessErrno<T>(errno: string, call: () => T): T | null {
  try {
    return call();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === errno) return null;
    throw error;
  }
}

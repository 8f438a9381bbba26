/** Ways to obtain the Temporal CLI, in the order in which they are tried. */
export type Route = 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'go build';

/** One route that did not lead to a usable binary. */
export interface FailedRoute {
  readonly route: Route;
  readonly reason: string;
}

const REMEDY = [
  'To fix this, do one of the following:',
  '  - install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH;',
  '  - or set TEMPORAL_CLI_PATH to a `temporal` binary you already have;',
  '  - or install Go (https://go.dev/dl), version as in tools/temporal/go.mod, so that it can be built here.',
].join('\n');

/** No route led to a Temporal CLI. The message names every route, why it failed, and what to install. */
export class TemporalCliNotFoundError extends Error {
  override readonly name = 'TemporalCliNotFoundError';

  constructor(readonly failedRoutes: readonly FailedRoute[]) {
    const tried = failedRoutes.map(({ route, reason }) => `  - ${route}: ${reason}`);
    super(['No Temporal CLI could be found or made. Tried:', ...tried, REMEDY].join('\n'));
  }
}

/** TEMPORAL_CLI_PATH does not name a usable Temporal CLI. Never ignored silently. */
export class TemporalCliPathError extends Error {
  override readonly name = 'TemporalCliPathError';

  constructor(path: string, reason: string) {
    super(
      `TEMPORAL_CLI_PATH is set to "${path}", which is not a usable Temporal CLI: ${reason}. ` +
        'Correct it, or unset it to let the Temporal CLI be found or made.',
    );
  }
}

export type TemporalServerErrorCode =
  | 'PORT_IN_USE'
  | 'DATABASE_IN_USE'
  | 'DATABASE_UNUSABLE'
  | 'SERVER_EXITED'
  | 'SERVER_NOT_READY';

/** The Temporal server could not be started. `code` is the reason. */
export class TemporalServerError extends Error {
  override readonly name = 'TemporalServerError';

  constructor(
    readonly code: TemporalServerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of any thrown value. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system error code (`ENOENT`, `EEXIST`, …) of any thrown value. */
export function toErrno(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

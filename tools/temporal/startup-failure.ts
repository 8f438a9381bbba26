import { TemporalServerError, type TemporalServerErrorCode } from './errors';
import { quoteEnd } from './run-command';
import type { ServerExit } from './server-process';

/** Enough for the trace of a crashing Go program, whose first lines contain the reason. */
const TRACE_LINES = 60;

/** What a server writes that cannot start, and what it means; `$1` is the pattern's first group. */
const EXPLANATIONS: readonly (readonly [RegExp, TemporalServerErrorCode, string])[] = [
  [/can't set frontend port (\d+):.*address already in use/, 'PORT_IN_USE', portInUse('$1', '--port')],
  [/can't set UI port (\d+):.*address already in use/, 'PORT_IN_USE', portInUse('$1', '--ui-port')],
  // The server checks the port of its web UI first, but may lose it before it listens.
  [/"echo".*listen tcp \S*:(\d+): bind: address already in use/, 'PORT_IN_USE', portInUse('$1', '--ui-port')],
  // The server picks free ports for its metrics and HTTP API, and exits if another process takes one first.
  [
    /GetFreePort|can't set metrics port|listen tcp \S*:\d+: bind: address already in use/,
    'PORT_IN_USE',
    'The Temporal server lost a port that it had picked for its metrics or its HTTP API. Start it again',
  ],
  [/database is locked|SQLITE_BUSY/, 'DATABASE_IN_USE', 'Another process holds a lock on the database'],
  [
    /file is not a database|malformed|unable to open database|no such table/,
    'DATABASE_UNUSABLE',
    'The Temporal server cannot use its database file. Restore it from a copy, or move it away to start with an empty one',
  ],
];

/** The message for a port that another program uses. */
export function portInUse(port: number | string, flag: string): string {
  return `Port ${port} on 127.0.0.1 is in use by another program. Choose another with ${flag}, or end that program`;
}

/** The error for a server that ended before it was ready. */
export function startupFailure({ code, signal }: ServerExit, output: string): TemporalServerError {
  const lines = quoteEnd(output, TRACE_LINES);
  for (const [pattern, errorCode, message] of EXPLANATIONS) {
    const [found] = pattern.exec(output) ?? [];
    if (found !== undefined) return new TemporalServerError(errorCode, found.replace(pattern, message) + lines);
  }
  const how = signal ?? `exit code ${code}`;
  return new TemporalServerError('SERVER_EXITED', `The Temporal server ended (${how}) before it was ready${lines}`);
}

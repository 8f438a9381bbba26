import { TemporalServerError, type TemporalServerErrorCode } from './errors';
import { portInUse } from './free-port';

type Explain = (match: RegExpExecArray, lines: string) => TemporalServerError;

const databaseError =
  (code: TemporalServerErrorCode, next: string): Explain =>
  (_match, lines) =>
    new TemporalServerError(
      code,
      `The Temporal server cannot use its database file. ${next} Its last lines:\n${lines}`,
    );

/** Messages of a server that cannot start, and their meaning. */
const EXPLANATIONS: readonly (readonly [RegExp, Explain])[] = [
  [/can't set frontend port (\d+):.*address already in use/, ([, port]) => portInUse(Number(port), '--port')],
  [/can't set UI port (\d+):.*address already in use/, ([, port]) => portInUse(Number(port), '--ui-port')],
  // The server checks the port of its web UI first, but may lose it before it listens.
  [/"echo".*listen tcp \S*:(\d+): bind: address already in use/, ([, port]) => portInUse(Number(port), '--ui-port')],
  // The server picks free ports for its metrics and HTTP API, and exits if another process takes one first.
  [/GetFreePort|can't set metrics port|listen tcp \S*:\d+: bind: address already in use/, () => ownPortTaken()],
  [
    /database is locked|SQLITE_BUSY/,
    databaseError('DATABASE_IN_USE', 'Another server holds a lock on it: end that one, or use another data folder.'),
  ],
  [
    /file is not a database|malformed|unable to open database|no such table/,
    databaseError('DATABASE_UNUSABLE', 'Restore it from a copy, or move it away to start with an empty one.'),
  ],
];

function ownPortTaken(): TemporalServerError {
  return new TemporalServerError(
    'PORT_IN_USE',
    'A port that the Temporal server picked for its metrics or its HTTP API was taken before it could use it. Start it again.',
  );
}

/** The error for a server that ended before it was ready. `how`: "exit code 1"; `lines`: the end of its output. */
export function startupFailure(how: string, lines: string): TemporalServerError {
  for (const [pattern, explain] of EXPLANATIONS) {
    const match = pattern.exec(lines);
    if (match !== null) return explain(match, lines);
  }
  const wrote = lines === '' ? 'It wrote nothing.' : `Its last lines:\n${lines}`;
  return new TemporalServerError('SERVER_EXITED', `The Temporal server ended (${how}) before it was ready. ${wrote}`);
}

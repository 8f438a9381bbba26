/** The file `temporal.pid` next to a database: which process uses it, by which server. SQLite itself locks the database. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TemporalServerError, unlessErrno } from './errors';

interface DatabaseUse {
  /** Pid of the process that started the server. */
  readonly owner: number;
  /** Pid of the server. */
  readonly server: number;
  /** As in the server's command line. */
  readonly dbFile: string;
}

/** Polls of 50 ms, until a killed server must be gone. */
const MAX_KILL_POLLS = 200;

/** Arguments of a server for this database. */
export function databaseArguments(dbFile: string): string[] {
  // WAL and NORMAL are twice as fast as SQLite's defaults, and lose nothing if only the process dies. SQLite would let
  // two servers write to one file; EXCLUSIVE keeps its lock until the server ends, in whatever way.
  const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL', 'locking_mode=EXCLUSIVE'];
  return ['--db-filename', dbFile, ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma])];
}

/** Ends a server on this database whose owner has died. @throws TemporalServerError DATABASE_IN_USE if the owner is alive */
export async function prepareDatabase(dbFile: string): Promise<void> {
  const use = readUse(dbFile);
  if (use === null) return;
  for (let poll = 0; poll < MAX_KILL_POLLS; poll += 1) {
    const parent = findServerParent(use);
    if (parent === null) return removeUse(dbFile, use.server);
    if (parent === use.owner) throw databaseInUse(dbFile, use);
    // The system gives an orphan another parent.
    if (poll === 0) unlessErrno('ESRCH', () => process.kill(use.server, 'SIGKILL'));
    await sleep(50);
  }
}

/** Records that this process uses the database. Returns a function that removes the record. */
export function recordUse(dbFile: string, server: number): () => void {
  const use: DatabaseUse = { owner: process.pid, server, dbFile };
  writeFileSync(recordFile(dbFile), `${JSON.stringify(use)}\n`);
  return () => removeUse(dbFile, server);
}

/** Keeps the record of another server, which may have the database by now. */
function removeUse(dbFile: string, server: number): void {
  if (readUse(dbFile)?.server === server) rmSync(recordFile(dbFile), { force: true });
}

export function databaseInUse(dbFile: string, use = readUse(dbFile)): TemporalServerError {
  const user = use === null ? 'another process' : `process ${use.owner} (server: process ${use.server})`;
  const message =
    `A Temporal server is already running on the data folder "${dirname(dbFile)}": it belongs to ${user}. ` +
    'End that process, or use another data folder.';
  return new TemporalServerError('DATABASE_IN_USE', message);
}

/** Pid of the server's parent; `null` if that process is no such server: a pid alone proves nothing. */
function findServerParent({ server, dbFile }: DatabaseUse): number | null {
  // Without `ps`, for example on Windows, only the lock protects the database.
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'ppid=', '-o', 'args=', '-p', String(server)], { encoding: 'utf8' });
  const [, parent, args = ''] = /^\s*(\d+)\s+(.*)/.exec(stdout ?? '') ?? [];
  return args.includes(' server start-dev ') && args.includes(dbFile) ? Number(parent) : null;
}

function readUse(dbFile: string): DatabaseUse | null {
  const text = unlessErrno('ENOENT', () => readFileSync(recordFile(dbFile), 'utf8'));
  if (text === null) return null;
  try {
    return JSON.parse(text) as DatabaseUse;
  } catch {
    return null; // Half-written by a process that was killed: the lock decides.
  }
}

function recordFile(dbFile: string): string {
  return join(dirname(dbFile), 'temporal.pid');
}

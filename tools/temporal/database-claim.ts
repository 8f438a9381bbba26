import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { endProcess } from './end-process';
import { TemporalServerError } from './errors';
import {
  createOwnerFile,
  type FoundOwner,
  isAbandoned,
  keepTouching,
  type Owner,
  readOwnerFile,
  removeOwnerFile,
  serialise,
  thisOwner,
  updateOwnerFile,
} from './owner-file';
import { processCommandLine, processStarted } from './process-identity';

/** The content of `temporal.pid`: the owner of the database, and its server process. */
interface DatabaseOwner extends Owner {
  readonly dbFile: string;
  readonly server?: { readonly pid: number; readonly started: string };
}

/** The exclusive right to run a server on a database file. */
export interface DatabaseClaim {
  /**
   * Absolute path of the database file as passed to the server and recorded, which identifies the server by its command
   * line.
   */
  readonly dbFile: string;
  /** Records the server. A later start can then end it if both this process and its watchdog are killed. */
  recordServer(pid: number): void;
  release(): void;
}

/**
 * Claims the database with a `temporal.pid` file next to it, because SQLite would let two servers write to one file.
 * Ends the server of a dead owner first; throws DATABASE_IN_USE if the owner is alive.
 */
export async function claimDatabase(file: string): Promise<DatabaseClaim> {
  const dbFile = resolve(file);
  mkdirSync(dirname(dbFile), { recursive: true });
  const path = join(dirname(dbFile), 'temporal.pid');
  let record: DatabaseOwner = { ...thisOwner(), dbFile };
  while (!createOwnerFile(path, record)) {
    const found = readOwnerFile<DatabaseOwner>(path);
    if (found === null) continue;
    if (!isAbandoned(found)) throw databaseInUse(path, found);
    await endStaleServer(found.owner);
    removeOwnerFile(path, found.raw);
  }
  const stopTouching = keepTouching(path);
  return {
    dbFile,
    recordServer(pid) {
      record = { ...record, server: { pid, started: processStarted(pid) ?? '' } };
      updateOwnerFile(path, record);
    },
    release() {
      stopTouching();
      removeOwnerFile(path, serialise(record));
    },
  };
}

/** A pid alone proves nothing: it must be the recorded process, with our database on its command line. */
async function endStaleServer(owner: DatabaseOwner | null): Promise<void> {
  const server = owner?.server;
  if (server === undefined || processStarted(server.pid) !== server.started) return;
  if (!processCommandLine(server.pid)?.includes(owner?.dbFile ?? '')) return;
  await endProcess(server.pid, server.started);
}

function databaseInUse(path: string, { owner, ageMs }: FoundOwner<DatabaseOwner>): TemporalServerError {
  const age = Math.round(ageMs / 1000);
  const holder =
    owner === null
      ? `a process that is just starting (${age} s ago)`
      : `process ${owner.pid} on ${owner.space} (since ${owner.since}, last seen ${age} s ago)`;
  const message =
    `A Temporal server is already running on the data folder "${dirname(path)}": it belongs to ${holder}. ` +
    `End that process, or use another data folder. The record is "${path}".`;
  return new TemporalServerError('DATABASE_IN_USE', message);
}

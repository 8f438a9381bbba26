import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { toErrno } from './errors';
import { pidSpace, processStarted } from './process-identity';

/** The holder of a lock or a database: a process, distinguishable from a later one with the same pid. */
export interface Owner {
  readonly pid: number;
  readonly started: string;
  /** The host and pid namespace that `pid` belongs to. */
  readonly space: string;
  /** Creation time of the file, ISO 8601. */
  readonly since: string;
}

/** An existing owner file. `owner` is null if its content is invalid. */
export interface FoundOwner<T extends Owner = Owner> {
  readonly raw: string;
  readonly owner: T | null;
  /** Time since its holder last touched it, in ms. */
  readonly ageMs: number;
}

/** How often a holder touches its file, in ms; it lets other hosts detect a dead holder. */
const TOUCH_INTERVAL_MS = 5_000;
/** Age at which an untouched file of another host or container counts as abandoned, in ms. */
const FOREIGN_STALE_MS = 30_000;
/** Age at which an unreadable file counts as abandoned, in ms: creating and filling it are two steps. */
const UNREADABLE_STALE_MS = 5_000;

/** This process as an owner. */
export function thisOwner(): Owner {
  const started = processStarted(process.pid) ?? '';
  return { pid: process.pid, started, space: pidSpace(), since: new Date().toISOString() };
}

/** Creates the file; returns false if it exists. */
export function createOwnerFile(path: string, owner: Owner): boolean {
  try {
    writeFileSync(path, serialise(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if (toErrno(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Atomically replaces the content of a file that this process holds. */
export function updateOwnerFile(path: string, owner: Owner): void {
  const temporary = `${path}.${randomUUID()}`;
  writeFileSync(temporary, serialise(owner));
  renameSync(temporary, path);
}

/** Reads the holder of the file; null if the file does not exist. */
export function readOwnerFile<T extends Owner = Owner>(path: string): FoundOwner<T> | null {
  try {
    const raw = readFileSync(path, 'utf8');
    return { raw, owner: parseOwner<T>(raw), ageMs: Date.now() - statSync(path).mtimeMs };
  } catch (error) {
    if (toErrno(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the holder is gone, so that the file may be taken over. */
export function isAbandoned({ owner, ageMs }: FoundOwner): boolean {
  if (owner === null) return ageMs > UNREADABLE_STALE_MS;
  if (owner.space !== pidSpace()) return ageMs > FOREIGN_STALE_MS;
  return processStarted(owner.pid) !== owner.started;
}

/**
 * Removes the file only if its content is unchanged: if two processes find the same abandoned file, the slower one must
 * not remove the faster one's new file.
 */
export function removeOwnerFile(path: string, raw: string): void {
  if (readOwnerFile(path)?.raw !== raw) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (toErrno(error) === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') === raw) rmSync(aside);
  else renameSync(aside, path);
}

/** Keeps touching the file to show other hosts that the holder is alive. Returns a function that stops it. */
export function keepTouching(path: string): () => void {
  const touch = () => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch (error) {
      // The folder was cleared: there is nothing left to keep alive.
      if (toErrno(error) !== 'ENOENT') throw error;
    }
  };
  const timer = setInterval(touch, TOUCH_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** The file's content for an owner. */
export function serialise(owner: Owner): string {
  return `${JSON.stringify(owner)}\n`;
}

function parseOwner<T extends Owner>(raw: string): T | null {
  try {
    const value = JSON.parse(raw) as Partial<Owner> | null;
    return typeof value?.pid === 'number' && typeof value.started === 'string' ? (value as T) : null;
  } catch {
    return null; // Half-written: isAbandoned judges it by its age.
  }
}

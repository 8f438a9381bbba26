import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { toErrno } from './errors';
import { pidSpace, processStarted } from './process-identity';

/** Who holds a lock or a database: a process, told apart from a later one with the same pid. */
export interface Owner {
  readonly pid: number;
  readonly started: string;
  /** The host and pid namespace in which `pid` counts. */
  readonly space: string;
  /** ISO time at which the file was taken. */
  readonly since: string;
}

/** An owner file as it was found. `owner` is null when its content cannot be read as one. */
export interface FoundOwner<T extends Owner = Owner> {
  readonly raw: string;
  readonly owner: T | null;
  /** Time since its holder last touched it, in milliseconds. */
  readonly ageMs: number;
}

/** A holder touches its file this often, in milliseconds, so that it can be judged from another host. */
const TOUCH_INTERVAL_MS = 5_000;
/** An untouched file of another host, or of another container, is left behind after this time, in milliseconds. */
const FOREIGN_STALE_MS = 30_000;
/** Creating and filling the file are two steps; one that is still unreadable after this time stays so. */
const UNREADABLE_STALE_MS = 5_000;

/** This process as an owner. */
export function thisOwner(): Owner {
  const started = processStarted(process.pid) ?? '';
  return { pid: process.pid, started, space: pidSpace(), since: new Date().toISOString() };
}

/** Creates the file for the owner; false when there is one already. */
export function createOwnerFile(path: string, owner: Owner): boolean {
  try {
    writeFileSync(path, serialise(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if (toErrno(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces the content of a file we hold, in one step. */
export function updateOwnerFile(path: string, owner: Owner): void {
  const temporary = `${path}.${randomUUID()}`;
  writeFileSync(temporary, serialise(owner));
  renameSync(temporary, path);
}

/** Reads who holds the file; null when nobody does. */
export function readOwnerFile<T extends Owner = Owner>(path: string): FoundOwner<T> | null {
  try {
    const raw = readFileSync(path, 'utf8');
    return { raw, owner: parseOwner<T>(raw), ageMs: Date.now() - statSync(path).mtimeMs };
  } catch (error) {
    if (toErrno(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the holder is gone for good, so that the file may be taken over. */
export function isAbandoned({ owner, ageMs }: FoundOwner): boolean {
  if (owner === null) return ageMs > UNREADABLE_STALE_MS;
  if (owner.space !== pidSpace()) return ageMs > FOREIGN_STALE_MS;
  return processStarted(owner.pid) !== owner.started;
}

/**
 * Removes the file only if it is still the one that was judged: of two processes that found the same abandoned file,
 * the slower must not remove what the faster has put in its place.
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

/** Shows other hosts that the holder lives. Returns the function that ends it. */
export function keepTouching(path: string): () => void {
  const touch = () => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch (error) {
      // Somebody cleared the folder: there is nothing left to keep alive.
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

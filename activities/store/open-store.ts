/** From settings to a store: the scheme of its address decides which. */
import path from 'node:path';
import { DEFAULT_STORE } from '../../workflows/domain/base/defaults';
import { FilesystemStore } from './folder/filesystem-store';
import type { ResultReader, ResultStore } from './result-store';
import { parseS3Access, parseS3Address, type S3Access, s3Address } from './s3/s3-settings';
import { S3Store } from './s3/s3-store';

/** Which store, and how it is reached. */
export interface StoreSettings {
  /** An absolute folder, or `s3://bucket/prefix`. */
  readonly store: string;
  /** For a store on S3 only. Default: AWS itself. */
  readonly s3?: S3Access;
}

/** A store with whatever it keeps open. */
export interface OpenedStore {
  /** As people are told it. */
  readonly address: string;
  readonly results: ResultStore & ResultReader;
  /** Lets connections go; the store cannot be used afterwards. */
  close(): Promise<void>;
}

/** Settings that cannot be worked with. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Reads IMAGEPIPELINE_STORE and, for S3, the variables IMAGEPIPELINE_S3_…
 *
 * @param cwd the folder that a relative store is relative to
 * @param problems is added to: one sentence each, with the variable's name
 */
export function parseStoreSettings(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  problems: string[],
): StoreSettings {
  const address = env['IMAGEPIPELINE_STORE']?.trim() || DEFAULT_STORE;
  const scheme = parseScheme(address);
  if (scheme === null) return { store: path.resolve(cwd, address) };
  const problem = findSchemeProblem(scheme);
  if (problem !== null) {
    problems.push(`IMAGEPIPELINE_STORE ${problem}`);
    return { store: address };
  }
  const location = parseS3Address(address, (text) => problems.push(`IMAGEPIPELINE_STORE ${text}`));
  return { store: s3Address(location), s3: parseS3Access(env, (text) => problems.push(text)) };
}

/**
 * Connects to nothing yet.
 *
 * @throws SettingsError if there is no store for such an address
 */
export function openStore({ store, s3 = {} }: StoreSettings): OpenedStore {
  const scheme = parseScheme(store);
  if (scheme === null) return openFolder(store);
  const problems: string[] = [];
  const problem = findSchemeProblem(scheme);
  if (problem !== null) throw new SettingsError([`the store ${problem}`]);
  const location = parseS3Address(store, (text) => problems.push(`the store ${text}`));
  if (problems.length > 0) throw new SettingsError(problems);
  const results = new S3Store(location, s3);
  return { address: results.address, results, close: () => results.close() };
}

function openFolder(folder: string): OpenedStore {
  const results = new FilesystemStore(folder);
  return { address: results.root, results, close: () => Promise.resolve() };
}

/** In lower case; `null` for a folder. One letter is a drive of Windows. */
function parseScheme(address: string): string | null {
  return /^([a-z][a-z0-9+.-]+):\/\//i.exec(address)?.[1]?.toLowerCase() ?? null;
}

/** The address itself is not shown: it may hold a credential. */
function findSchemeProblem(scheme: string): string | null {
  return scheme === 's3' ? null : `begins with "${scheme}://"; give a folder or s3://bucket/prefix`;
}

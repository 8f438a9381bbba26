/** Opens the store that the settings name; the scheme of its address selects the kind. */
import path from 'node:path';
import { DEFAULT_STORE } from '../../workflows/domain/base/defaults';
import { FilesystemStore } from './folder/filesystem-store';
import type { ResultReader, ResultStore } from './result-store';
import { parseS3Access, parseS3Address, type S3Access, s3Address } from './s3/s3-settings';
import { S3Store } from './s3/s3-store';
import { SettingsError } from './settings-error';

/** Which store to use and how to reach it. */
export interface StoreSettings {
  /** An absolute folder path, or `s3://bucket/prefix`. */
  readonly store: string;
  /** For S3 stores only. Default: AWS. */
  readonly s3?: S3Access;
}

/** An open store and its connections. */
export interface OpenedStore {
  /** The address shown to people. */
  readonly address: string;
  readonly results: ResultStore & ResultReader;
  /** Closes connections; the store cannot be used afterwards. */
  close(): Promise<void>;
}

/**
 * Reads IMAGEPIPELINE_STORE and, for S3, the IMAGEPIPELINE_S3_… variables.
 *
 * @param cwd base folder for a relative store path
 * @param problems receives one sentence per problem, with the variable's name
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
 * Opens the store without connecting.
 *
 * @throws SettingsError if the address is not supported
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

/** The scheme in lower case; `null` for a folder. A single letter is a Windows drive. */
function parseScheme(address: string): string | null {
  return /^([a-z][a-z0-9+.-]+):\/\//i.exec(address)?.[1]?.toLowerCase() ?? null;
}

/** The message omits the address, which may contain a credential. */
function findSchemeProblem(scheme: string): string | null {
  return scheme === 's3' ? null : `begins with "${scheme}://"; expected a folder or s3://bucket/prefix`;
}

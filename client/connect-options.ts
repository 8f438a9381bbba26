/** Options of a connection. */

import { InvalidRequestError } from '../connection/errors';
import { findNameProblems } from '../input/requests/name-problems';
import type { Environment } from '../workflows/domain/base/environment';
import { DEFAULT_ACCOUNT } from '../workflows/domain/leases/governor-protocol';

/** Selects the Temporal server, the account, the workers and the store. */
export interface ConnectOptions {
  /**
   * The source of TEMPORAL_*, IMAGEPIPELINE_ENCRYPTION_KEYS and IMAGEPIPELINE_SEARCH_ATTRIBUTES, for instance
   * `process.env`.
   */
  readonly env: Environment;
  /** The task queue that the workers poll. Default `imagepipeline`. */
  readonly taskQueue?: string;
  /** The account whose permits items and batches need. Default IMAGEPIPELINE_ACCOUNT, or `default`. One API key is one account. */
  readonly account?: string;
  /** The store of batches, a folder or `s3://bucket/prefix`; must be the workers' store. Default IMAGEPIPELINE_STORE. */
  readonly store?: string;
  /** The folder that relative paths of the store and of inputs start from. Default: the working folder of the process. */
  readonly cwd?: string;
}

export function toStoreEnvironment({ env, store }: ConnectOptions): Environment {
  return store === undefined ? env : { ...env, IMAGEPIPELINE_STORE: store };
}

/** @throws InvalidRequestError if the name is not safe */
export function readAccount({ account, env }: ConnectOptions): string {
  const name = account ?? (env['IMAGEPIPELINE_ACCOUNT']?.trim() || DEFAULT_ACCOUNT);
  const problems = findNameProblems('account', name);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return name;
}

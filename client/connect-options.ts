/** Options of a connection. */

import type { Client } from '@temporalio/client';
import { InvalidRequestError } from '../connection/errors';
import { findNameProblems } from '../input/requests/name-problems';
import type { Environment } from '../workflows/domain/base/environment';
import { DEFAULT_ACCOUNT } from '../workflows/domain/leases/governor-protocol';

/** Selects the account, the workers and the store. */
interface ConnectTerms {
  /** The task queue that the workers poll. Default `imagepipeline`. */
  readonly taskQueue?: string;
  /** The account whose permits items and batches need. Default IMAGEPIPELINE_ACCOUNT, or `default`. One API key is one account. */
  readonly account?: string;
  /** The store of batches, a folder or `s3://bucket/prefix`; must be the workers' store. Default IMAGEPIPELINE_STORE. */
  readonly store?: string;
  /** The folder that relative paths of the store and of inputs start from. Default: the working folder of the process. */
  readonly cwd?: string;
}

/** Selects the Temporal server by its environment configuration. */
export interface ConnectOptions extends ConnectTerms {
  /**
   * The source of TEMPORAL_*, IMAGEPIPELINE_* and, for a store in S3, AWS_*, for instance `process.env`.
   */
  readonly env: Environment;
  readonly client?: undefined;
}

/** Uses a client of Temporal that the process already has. */
export interface ConnectWithClientOptions extends ConnectTerms {
  /**
   * Its connection, namespace, interceptors and data converter are used. `close` does not close it. If the workers encrypt, its
   * data converter must be that of `readDataConverter`.
   */
  readonly client: Client;
  /** The source of IMAGEPIPELINE_* and, for a store in S3, AWS_*, for instance `process.env`. Default: none. */
  readonly env?: Environment;
}

export function toStoreEnvironment({ env = {}, store }: ConnectOptions | ConnectWithClientOptions): Environment {
  return store === undefined ? env : { ...env, IMAGEPIPELINE_STORE: store };
}

/** @throws InvalidRequestError if the name is not safe */
export function readAccount({ account, env = {} }: ConnectOptions | ConnectWithClientOptions): string {
  const name = account ?? (env['IMAGEPIPELINE_ACCOUNT']?.trim() || DEFAULT_ACCOUNT);
  const problems = findNameProblems('account', name);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return name;
}

/** Search attributes, for those who have asked for them. */
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { FIRST_STATE, SEARCH_ATTRIBUTES } from '../workflows/domain/search-attributes';
import type { Environment } from './connection';
import { InvalidRequestError } from './errors';

const VARIABLE = 'IMAGEPIPELINE_SEARCH_ATTRIBUTES';
/** gRPC's own number. */
const INVALID_ARGUMENT = 3;

/** From IMAGEPIPELINE_SEARCH_ATTRIBUTES, `on` or `off`; default `off`. @throws InvalidRequestError */
export function wantsSearchAttributes(env: Environment): boolean {
  const value = env[VARIABLE]?.trim() || 'off';
  if (value === 'on' || value === 'off') return value === 'on';
  throw new InvalidRequestError([{ field: VARIABLE, problem: `is ${JSON.stringify(value)}; give on or off` }]);
}

/** With which a workflow starts; it goes on to tell its state only if it has them. */
export function firstSearchAttributes(account: string): SearchAttributePair[] {
  return [
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD'), value: FIRST_STATE },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, 'KEYWORD'), value: account },
  ];
}

/** A namespace that does not know them refuses to start anything; what is to be done about it is ours to say. */
export function orUnknownAttributes(error: unknown): unknown {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(cause) || cause.code !== INVALID_ARGUMENT) return error;
  // The server names one of those that it misses, and not always the same.
  if (!Object.values(SEARCH_ATTRIBUTES).some((name) => cause.details.includes(name))) return error;
  const problem = 'is on, but the namespace does not know the attributes; run "imagepipeline setup" once';
  return new InvalidRequestError([{ field: VARIABLE, problem }]);
}

/** Search attributes: set where they are registered, unless somebody has decided otherwise. */
import { type Client, Connection, isGrpcServiceError, ServiceError } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { Environment } from '../../workflows/domain/base/environment';
import { getOwn } from '../../workflows/domain/base/own-value';
import { FIRST_STATE, SEARCH_ATTRIBUTES } from '../../workflows/domain/base/search-attributes';
import { InvalidRequestError } from '../errors';

const VARIABLE = 'IMAGEPIPELINE_SEARCH_ATTRIBUTES';
/** gRPC's own number. */
const INVALID_ARGUMENT = 3;
const KEYWORD = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

const CHOICES = ['on', 'off', 'registered'] as const;
type Choice = (typeof CHOICES)[number];

/** What a client starts its workflows with, so that they can be searched for. */
export class StartAttributes {
  #areKnown: Promise<boolean> | null = null;

  private constructor(private readonly choice: Choice) {}

  /** From IMAGEPIPELINE_SEARCH_ATTRIBUTES, `on` or `off`; default: on where they are registered. @throws InvalidRequestError */
  static from(env: Environment): StartAttributes {
    const value = getOwn(env, VARIABLE)?.trim();
    if (!value) return new StartAttributes('registered');
    if (value === 'on' || value === 'off') return new StartAttributes(value);
    throw new InvalidRequestError([{ field: VARIABLE, problem: `is ${JSON.stringify(value)}; give on or off` }]);
  }

  /** `null`: none. The server is asked once. */
  async of(client: Client, account: string): Promise<SearchAttributePair[] | null> {
    const { choice } = this;
    const isOn = choice === 'registered' ? await this.#isKnownTo(client) : choice === 'on';
    return isOn ? firstSearchAttributes(account) : null;
  }

  /** Whether to start without them after all: a server that has just learned them does not know them everywhere at once. */
  giveUp(error: unknown): boolean {
    if (this.choice !== 'registered' || !namesUnknownAttribute(error)) return false;
    this.#areKnown = null;
    return true;
  }

  #isKnownTo(client: Client): Promise<boolean> {
    this.#areKnown ??= areRegistered(client);
    return this.#areKnown;
  }
}

/** Whoever may not ask the server goes without: they are no reason to fail. */
async function areRegistered({ connection, options: { namespace } }: Client): Promise<boolean> {
  if (!(connection instanceof Connection)) return false;
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.values(SEARCH_ATTRIBUTES).every((name) => getOwn(customAttributes, name) === KEYWORD);
  } catch (error) {
    if (isGrpcServiceError(error)) return false;
    throw error;
  }
}

/** With which a workflow starts; it goes on to tell its state only if it has them. */
function firstSearchAttributes(account: string): SearchAttributePair[] {
  return [
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD'), value: FIRST_STATE },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, 'KEYWORD'), value: account },
  ];
}

/** A namespace that does not know them refuses to start anything; what is to be done about it is ours to say. */
export function orUnknownAttributes(error: unknown): unknown {
  if (!namesUnknownAttribute(error)) return error;
  const problem = 'is on, but the namespace does not know the attributes; run "imagepipeline setup" once';
  return new InvalidRequestError([{ field: VARIABLE, problem }]);
}

/** The server names one of those that it misses, and not always the same. */
function namesUnknownAttribute(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(cause) || cause.code !== INVALID_ARGUMENT) return false;
  return Object.values(SEARCH_ATTRIBUTES).some((name) => cause.details.includes(name));
}

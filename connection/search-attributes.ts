/** Search attributes: set if they are registered, unless the environment decides otherwise. */
import { type Client, isGrpcServiceError, ServiceError } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { Environment } from '../workflows/domain/base/environment';
import { getOwn } from '../workflows/domain/base/own-value';
import { FIRST_STATE, SEARCH_ATTRIBUTES } from '../workflows/domain/base/search-attributes';
import { InvalidRequestError } from './errors';

const VARIABLE = 'IMAGEPIPELINE_SEARCH_ATTRIBUTES';
/** gRPC status INVALID_ARGUMENT. */
const INVALID_ARGUMENT = 3;
const KEYWORD = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

const CHOICES = ['on', 'off', 'registered'] as const;
type Choice = (typeof CHOICES)[number];

/** The search attributes with which a client starts workflows. */
export class StartAttributes {
  #areKnown: Promise<boolean> | null = null;

  private constructor(private readonly choice: Choice) {}

  /** Reads IMAGEPIPELINE_SEARCH_ATTRIBUTES, `on` or `off`; default: on if they are registered. @throws InvalidRequestError */
  static from(env: Environment): StartAttributes {
    const value = getOwn(env, VARIABLE)?.trim();
    if (!value) return new StartAttributes('registered');
    if (value === 'on' || value === 'off') return new StartAttributes(value);
    throw new InvalidRequestError([{ field: VARIABLE, problem: `is ${JSON.stringify(value)}; must be on or off` }]);
  }

  /** On if they are registered. */
  static ifRegistered(): StartAttributes {
    return new StartAttributes('registered');
  }

  /** Returns the attributes; `null`: none. Asks the server once. */
  async of(client: Client, account: string): Promise<SearchAttributePair[] | null> {
    const { choice } = this;
    const isOn = choice === 'registered' ? await this.#isKnownTo(client) : choice === 'on';
    return isOn ? firstSearchAttributes(account) : null;
  }

  /** Whether to start without them after all: new attributes reach all parts of a server with a delay. */
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

/** Without permission to ask the server, none are set: they are optional. */
async function areRegistered({ connection, options: { namespace } }: Client): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.values(SEARCH_ATTRIBUTES).every((name) => getOwn(customAttributes, name) === KEYWORD);
  } catch (error) {
    if (isGrpcServiceError(error)) return false;
    throw error;
  }
}

/** The initial attributes. A workflow updates its state in them only if it has them. */
function firstSearchAttributes(account: string): SearchAttributePair[] {
  return [
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD'), value: FIRST_STATE },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, 'KEYWORD'), value: account },
  ];
}

/** Converts the refusal of a namespace that lacks the attributes to an error with a remedy. */
export function orUnknownAttributes(error: unknown): unknown {
  if (!namesUnknownAttribute(error)) return error;
  const problem = 'is on, but the namespace does not know the attributes; run "imagepipeline setup" once';
  return new InvalidRequestError([{ field: VARIABLE, problem }]);
}

/** Whether the error names a missing attribute; the server names only one, not always the same. */
function namesUnknownAttribute(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(cause) || cause.code !== INVALID_ARGUMENT) return false;
  return Object.values(SEARCH_ATTRIBUTES).some((name) => cause.details.includes(name));
}

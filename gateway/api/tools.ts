/** The dependencies of every route. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { BatchContext } from '../../client/batches/batch-context';
import type { RowIndex } from '../../client/batches/row-index';
import type { EndedTerms } from '../../client/batches/when-ended';
import type { ImagePipelineClient } from '../../client/client';
import type { OpenStore } from '../../client/open-store';
import { type FileParts, type PictureInputOptions, PictureInputs } from '../../input/pictures/picture-inputs';
import { REMOTE_INPUTS } from '../../input/requests/input-reference';
import type { ApiToken } from './access/api-token';
import { isOwnReference } from './access/own-ids';
import type { AccountWatch } from './account-watch';
import type { BatchWatches } from './batch-watches';
import { type BodyBounds, DEFAULT_BODY_PACE } from './read-body';
import type { ApiSettings } from './settings';

export interface ApiTools {
  readonly client: ImagePipelineClient;
  readonly store: OpenStore;
  /** Single rows of batches in the store. */
  readonly rows: RowIndex;
  /** The state of running batches. */
  readonly watches: BatchWatches;
  /** The account over time. */
  readonly accountWatch: AccountWatch;
  readonly settings: BodySettings;
  /** Logs one line, which never contains a token, a prompt or a body. */
  readonly log: (line: string) => void;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}

type BodySettings = Pick<ApiSettings, 'maxBatchBytes' | 'bodyPace'>;

/** Bounds for bodies about a whole batch. */
export function batchBounds({ maxBatchBytes, bodyPace = DEFAULT_BODY_PACE }: BodySettings): BodyBounds {
  return { maxBytes: maxBatchBytes, pace: bodyPace };
}

export type ApiRoutes = FastifyPluginAsyncZod<{ readonly tools: ApiTools }>;

/**
 * @param token results of others are not there for it
 * @param parts the files of the request
 */
export function newInputs({ store: { sources } }: ApiTools, token: ApiToken, parts: FileParts): PictureInputs {
  const remote: ReturnType<PictureInputOptions['remote']> = {
    has: (input) => sources.has(input),
    findConverted: (sha256) => sources.findConverted(sha256),
    read: async (reference, limit) => {
      if (reference.kind === 's3' || isOwnReference(token, reference)) return sources.read(reference, limit);
      return sources.describeMissing(reference);
    },
  };
  // Paths are refused, so that the folder does not matter.
  return new PictureInputs({ folder: '.', accepted: REMOTE_INPUTS, remote: () => remote, parts });
}

/**
 * The context of the batch use cases: the gateway's client and store.
 *
 * @param parts the files of the request; default none
 */
export function batchContext(tools: ApiTools, token: ApiToken, parts: FileParts = new Map()): BatchContext {
  const { client, store, rows } = tools;
  return {
    temporal: client.temporal,
    pages: client.pages,
    cwd: null,
    openStore: () => store,
    openRows: () => rows,
    newInputs: () => newInputs(tools, token, parts),
    describeWorker: () => client.describeWorker(),
    startPlanned: (...args) => client.startPlanned(...args),
  };
}

/** What finds a batch or an item in the store. */
export function toFinder({ client, store }: ApiTools): Pick<BatchContext, 'temporal' | 'openStore'> {
  return { temporal: client.temporal, openStore: () => store };
}

/** Timeout in ms: longer than any healthy call; callers wait about as long. */
const ANSWER_TIMEOUT_MS = 25_000;

/** Sets a deadline: Temporal's client would retry for a minute or more after losing its server. */
export function withDeadline<T>({ client }: Pick<ApiTools, 'client'>, work: () => Promise<T>): Promise<T> {
  return client.temporal.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, work);
}

/** Maximum wait for pages of a terminated run, in ms: shorter than callers wait for an answer. */
const MAX_PAGE_WAIT_MS = 15_000;

/**
 * How a request waits for the end of a batch that it runs again.
 *
 * @param warnings receives the checks that could not be made
 */
export function endedTerms(tools: ApiTools, warnings: string[]): EndedTerms {
  return {
    maxWaitMs: MAX_PAGE_WAIT_MS,
    within: (work) => withDeadline(tools, work),
    onWarning: (warning) => void warnings.push(warning),
  };
}

/** What every route of the API works with. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { BatchContext } from '../../client/batches/batch-context';
import type { ImagePipelineClient } from '../../client/client';
import type { OpenStore } from '../../client/open-store';
import type { KeyedMutex } from './keyed-mutex';
import { type BodyBounds, DEFAULT_BODY_PACE } from './read-body';
import type { ApiSettings } from './settings';

export interface ApiTools {
  readonly client: ImagePipelineClient;
  readonly store: OpenStore;
  readonly settings: BodySettings;
  /** One line of what people should know; never a token, a prompt or a body. */
  readonly log: (line: string) => void;
  /** Starts and redrives of one batch, one after the other: they write its manifest. */
  readonly batchMutex: KeyedMutex;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}

type BodySettings = Pick<ApiSettings, 'maxBatchBytes' | 'bodyPace'>;

/** Of bodies that speak of a whole batch. */
export function batchBounds({ maxBatchBytes, bodyPace = DEFAULT_BODY_PACE }: BodySettings): BodyBounds {
  return { maxBytes: maxBatchBytes, pace: bodyPace };
}

export type ApiRoutes = FastifyPluginAsyncZod<{ readonly tools: ApiTools }>;

/** What the use cases of batches work with here: the store is that of the gateway. */
export function batchContext({ client, store }: ApiTools): BatchContext {
  return {
    temporal: client.temporal,
    openStore: () => store,
    describeWorker: () => client.describeWorker(),
    startPlanned: (...args) => client.startPlanned(...args),
  };
}

/** Longer than anything takes that is well; callers wait about as long. */
const ANSWER_TIMEOUT_MS = 25_000;

/** Without it the client of Temporal goes on for a minute or more after its server is gone. */
export function withDeadline<T>({ client }: ApiTools, work: () => Promise<T>): Promise<T> {
  return client.temporal.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, work);
}

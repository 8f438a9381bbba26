/** Batches: started from a body, looked at, controlled. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { BatchHandle } from '../../client/batches/batch-handle';
import { RowSpool } from '../../client/batches/batch-manifest';
import type { BatchStatus } from '../../client/batches/batch-status';
import { startBatch } from '../../client/batches/start-batch';
import { batchSchema, startedBatchSchema } from './answers';
import { planUpload, UPLOAD_TYPES } from './batch-upload';
import { type BatchQuery, batchQuery, idParams, parseBatchSettings } from './requests';
import { answers, describeAccepted } from './responses';
import { Semaphore } from './semaphore';
import { type ApiRoutes, type ApiTools, batchBounds, withDeadline } from './tools';

/** Each holds its rows in the temporary folder until the last one was found right. */
const MAX_UPLOADS = 4;

export const batchRoutes: ApiRoutes = async (app, { tools }) => {
  const uploads = new Semaphore(MAX_UPLOADS, 'uploads of batches');
  app.addContentTypeParser([...UPLOAD_TYPES], (_request: unknown, _body: IncomingMessage, done) => done(null));
  app.post(
    '/v1/batches',
    {
      schema: {
        operationId: 'startBatch',
        summary: 'Start a batch from rows, or find the one that was started with the same id',
        description: 'Every row is checked before the first image is made; with one that is wrong nothing is started.',
        consumes: [...UPLOAD_TYPES],
        querystring: batchQuery,
        body: z.any().meta({ type: 'string', description: 'the rows; columns as for `imagepipeline plan`' }),
        response: describeAccepted('The batch is recorded, and survives the end of any process.', startedBatchSchema),
      },
    },
    async (request, reply) => {
      const release = uploads.take();
      try {
        const started = await startFromBody(tools, request, request.query);
        return await reply.code(202).header('location', `/v1/batches/${started.id}`).send(started);
      } finally {
        release();
      }
    },
  );
  app.get(
    '/v1/batches/:id',
    {
      schema: {
        operationId: 'getBatch',
        summary: 'What a batch is doing',
        params: idParams,
        response: answers('The batch.', batchSchema),
      },
    },
    ({ params: { id } }) => withDeadline(tools, () => tools.client.batch(id).status()),
  );
};

async function startFromBody(tools: ApiTools, request: FastifyRequest, query: BatchQuery) {
  const settings = parseBatchSettings(query);
  const { id, skipInvalid = false, dropDuplicates = false, movedServer = false, skipStoreCheck = false } = query;
  const warnings: string[] = [];
  const check = { skipStoreCheck, onWarning: (warning: string) => void warnings.push(warning) };
  const spool = await RowSpool.open();
  try {
    const plan = await planUpload(request, spool, {
      bounds: batchBounds(tools.settings),
      skipInvalid,
      dropDuplicates,
    });
    const start = () =>
      startBatch(tools.client, { plan, spool, store: tools.store, settings, id, movedServer, ...check });
    const batch = await tools.batchMutex.run(id ?? plan.contentSha256, start);
    const { valid: items, invalid, dropped } = plan;
    return { id: batch.id, alreadyStarted: batch.alreadyStarted, items, skipped: invalid + dropped, warnings };
  } finally {
    await spool.close();
  }
}

interface Control {
  readonly operationId: string;
  readonly summary: string;
  readonly send: (batch: BatchHandle) => Promise<BatchStatus>;
}

const CONTROLS: Readonly<Record<string, Control>> = {
  pause: {
    operationId: 'pauseBatch',
    summary: 'Submit nothing new; jobs in flight are collected',
    send: (batch) => batch.pause(),
  },
  resume: {
    operationId: 'resumeBatch',
    summary: 'Go on after a pause; failures until now are forgiven',
    send: (batch) => batch.resume(),
  },
  cancel: {
    operationId: 'cancelBatch',
    summary: 'Submit nothing new and end; jobs in flight are collected, for they are paid',
    send: (batch) => batch.cancel(),
  },
};

export const controlRoutes: ApiRoutes = async (app, { tools }) => {
  // Many clients name a format for a body that is empty.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: unknown, _body: IncomingMessage, done) => done(null));
  for (const [name, { operationId, summary, send }] of Object.entries(CONTROLS)) {
    app.post(
      `/v1/batches/:id/${name}`,
      {
        schema: { operationId, summary, params: idParams, response: answers('The state that it led to.', batchSchema) },
      },
      ({ params: { id } }) => runControl(tools, id, send),
    );
  }
};

function runControl(tools: ApiTools, id: string, send: Control['send']): Promise<BatchStatus> {
  return withDeadline(tools, () => send(tools.client.batch(id)));
}

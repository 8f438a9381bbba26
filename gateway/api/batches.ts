/** Routes that start, read and control batches. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { BatchStatus } from '../../client/batches/batch-status';
import { InvalidRequestError } from '../../connection/errors';
import { findBatchChangeProblems } from '../../input/requests/batch-settings';
import { isObject } from '../../workflows/domain/base/is-object';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { needs, tokenOf } from './access/guard-access';
import { explainReuse, findStartId } from './access/own-ids';
import { addedRowsSchema, batchSchema, startedBatchSchema } from './answers';
import { describeBatchBody, JSON_TYPE, type PlannedBatch, startFromJson } from './batch-json';
import {
  addUpload,
  RECIPE_DOCUMENT,
  RECIPE_PART,
  ROWS_DOCUMENT,
  ROWS_PART,
  startUpload,
  UPLOAD_TYPES,
  withUpload,
} from './batch-upload';
import { leaveToHandler, toMediaType } from './content-type';
import { describeForm, FORM_TYPE } from './form';
import {
  addQuery,
  type BatchQuery,
  batchQuery,
  byRequestNames,
  changeBody,
  idParams,
  parseAddTerms,
  parseChanges,
  parseStartTerms,
} from './requests';
import { answers, describeAccepted } from './responses';
import { Semaphore } from './semaphore';
import { type ApiRoutes, type ApiTools, batchBounds, batchContext, endedTerms, withDeadline } from './tools';
import { validateBySchema } from './validate';

/** Maximum concurrent uploads. Each keeps its rows in the temporary folder until all are checked. */
const MAX_UPLOADS = 4;

export const batchRoutes: ApiRoutes = async (app, { tools }) => {
  const uploads = new Semaphore(MAX_UPLOADS, 'uploads of batches');
  app.addContentTypeParser([...UPLOAD_TYPES, FORM_TYPE], leaveToHandler);
  app.post(
    '/v1/batches',
    {
      ...needs('start', 'batches'),
      // JSON may have all rows.
      bodyLimit: tools.settings.maxBatchBytes,
      schema: {
        operationId: 'startBatch',
        summary: 'Start a batch, or find the one that was started with the same id and rows',
        description: 'All rows are checked before anything is started. If a row is invalid, nothing is started.',
        consumes: [...UPLOAD_TYPES],
        querystring: batchQuery,
        body: z.any().meta(ROWS_DOCUMENT),
        form: describeForm(ROWS_PART, ROWS_DOCUMENT, { [RECIPE_PART]: RECIPE_DOCUMENT }),
        json: describeBatchBody(),
        response: describeAccepted('The batch is recorded and survives the end of any process.', startedBatchSchema),
      },
    },
    async (request, reply) => {
      const started = await uploads.run(() => startFromBody(tools, request, request.query));
      return reply.code(202).header('location', `/v1/batches/${started.id}`).send(started);
    },
  );
  app.post(
    '/v1/batches/:id/add',
    {
      ...needs('start', 'batches'),
      schema: {
        operationId: 'addRows',
        summary: 'Add the rows that an ended batch does not have yet, as further items of it',
        description:
          'All rows are checked first. A row that differs from that of its key is refused; nothing is started.',
        consumes: [...UPLOAD_TYPES],
        params: idParams,
        querystring: addQuery,
        body: z.any().meta(ROWS_DOCUMENT),
        form: describeForm(ROWS_PART, ROWS_DOCUMENT),
        response: describeAccepted('The items that were added.', addedRowsSchema),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const added = await uploads.run(() => addFromBody(tools, request, id, request.query));
      return reply.code(202).header('location', `/v1/batches/${id}`).send(added);
    },
  );
  app.get(
    '/v1/batches/:id',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getBatch',
        summary: 'Get the status of a batch',
        params: idParams,
        response: answers('The batch.', batchSchema),
      },
    },
    ({ params: { id } }) => withDeadline(tools, () => tools.client.batch(id).status()),
  );
};

async function startFromBody(tools: ApiTools, request: FastifyRequest, query: BatchQuery) {
  const warnings: string[] = [];
  const { headers, body } = request;
  const isJson = toMediaType(headers['content-type']) === JSON_TYPE;
  const named = isJson ? (isObject(body) ? body['id'] : undefined) : query.id;
  const start = findStartId(tokenOf(request), headers, named);
  const begin = isJson ? startGiven : startUploaded;
  const { plan, made } = await begin(tools, request, query, { start, warnings }).catch((error: unknown) =>
    throwByRequestNames(explainReuse(start, error)),
  );
  const { valid: items, invalid, dropped } = plan;
  const { id, alreadyStarted, notStarted } = made;
  return { id, alreadyStarted, items, skipped: invalid + dropped, ...withoutMissing({ notStarted }), warnings };
}

interface Beginning {
  readonly start: ReturnType<typeof findStartId>;
  /** Receives the checks that could not be made. */
  readonly warnings: string[];
}

async function startGiven(
  tools: ApiTools,
  request: FastifyRequest,
  query: BatchQuery,
  { start, warnings }: Beginning,
): Promise<PlannedBatch> {
  const named = Object.keys(query).map((field) => ({ field, problem: 'is a query parameter; put it into the body' }));
  const known = { id: start.id, problems: [...named, ...start.problems], warnings };
  return startFromJson(batchContext(tools, tokenOf(request)), request.body, known);
}

async function startUploaded(
  tools: ApiTools,
  request: FastifyRequest,
  query: BatchQuery,
  { start, warnings }: Beginning,
): Promise<PlannedBatch> {
  const { skipInvalid = false, dropDuplicates = false, values } = query;
  if (start.problems.length > 0) throw new InvalidRequestError(start.problems);
  const named = withoutMissing({ id: start.id });
  const onWarning = (warning: string) => void warnings.push(warning);
  const terms = { ...parseStartTerms({ ...query, ...named }), onWarning };
  const options = { skipInvalid, dropDuplicates, ...withoutMissing({ values }) };
  return withUpload(request, batchBounds(tools.settings), (upload) =>
    startUpload(batchContext(tools, tokenOf(request), upload.files), upload, terms, options),
  );
}

async function addFromBody(tools: ApiTools, request: FastifyRequest, id: string, query: z.output<typeof addQuery>) {
  const { skipInvalid = false, dropDuplicates = false } = query;
  const warnings: string[] = [];
  const terms = { ...parseAddTerms(query), ...endedTerms(tools, warnings) };
  const { plan, made: added } = await withUpload(request, batchBounds(tools.settings), (upload) => {
    const options = { skipInvalid, dropDuplicates };
    return addUpload(
      batchContext(tools, tokenOf(request), upload.files),
      upload,
      tools.client.batch(id),
      terms,
      options,
    );
  }).catch(throwByRequestNames);
  return { id, added, skipped: plan.invalid + plan.dropped, warnings };
}

function throwByRequestNames(error: unknown): never {
  throw byRequestNames(error);
}

/** Sends a control to a batch, and returns the status that it led to. */
function controlBatch(
  tools: ApiTools,
  id: string,
  send: (batch: BatchHandle) => Promise<BatchStatus>,
): Promise<BatchStatus> {
  return withDeadline(tools, () => send(tools.client.batch(id)));
}

interface Control {
  readonly operationId: string;
  readonly summary: string;
  readonly send: (batch: BatchHandle) => Promise<BatchStatus>;
}

const CONTROLS: Readonly<Record<string, Control>> = {
  pause: {
    operationId: 'pauseBatch',
    summary: 'Pause a batch: submit nothing new; jobs in flight are collected',
    send: (batch) => batch.pause(),
  },
  resume: {
    operationId: 'resumeBatch',
    summary: 'Continue a paused batch; earlier failures no longer count towards maxFailures',
    send: (batch) => batch.resume(),
  },
  cancel: {
    operationId: 'cancelBatch',
    summary: 'Cancel a batch: submit nothing new; jobs in flight are charged, so they are collected',
    send: (batch) => batch.cancel(),
  },
};

export const changeRoutes: ApiRoutes = async (app, { tools }) => {
  app.patch(
    '/v1/batches/:id',
    {
      validatorCompiler: validateBySchema(findBatchChangeProblems),
      ...needs('operate', 'batches'),
      schema: {
        operationId: 'setBatch',
        summary: 'Change the limits of a running batch; a batch that its budget paused resumes if the new one suffices',
        params: idParams,
        body: changeBody,
        response: answers('The resulting state.', batchSchema),
      },
    },
    ({ params: { id }, body }) => controlBatch(tools, id, (batch) => batch.set(parseChanges(body))),
  );
};

export const controlRoutes: ApiRoutes = async (app, { tools }) => {
  // Many clients send a Content-Type without a body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', leaveToHandler);
  for (const [name, { operationId, summary, send }] of Object.entries(CONTROLS)) {
    app.post(
      `/v1/batches/:id/${name}`,
      {
        ...needs('operate', 'batches'),
        schema: { operationId, summary, params: idParams, response: answers('The resulting state.', batchSchema) },
      },
      ({ params: { id } }) => controlBatch(tools, id, send),
    );
  }
};

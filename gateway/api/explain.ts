/** Converts any error to problem details with a remedy. Never quotes a body or a token. */

import { isLate, isServerGone } from '../../connection/connection';
import { ApiCallError, BatchNotFoundError, InvalidRequestError, ItemNotFoundError } from '../../connection/errors';
import { BATCH_TYPE, ITEM_TYPE } from '../../connection/workflow-kinds';
import { getOwn } from '../../workflows/domain/base/own-value';
import { getFailureRow } from '../../workflows/domain/failures/failures';
import { toRow } from '../../workflows/domain/failures/fault';
import { ApiProblem, type Problem, type ProblemCode, toProblemReply } from './problem';

interface KnownProblem {
  readonly code: ProblemCode;
  readonly detail: string;
}

interface NamedProblem {
  readonly code: ProblemCode;
  /** Replaces the error's message, which names internal paths and addresses. Default: that message. */
  readonly detail?: string;
}

const UNREACHABLE = { code: 'TEMPORAL_UNREACHABLE', detail: 'the Temporal server does not answer' } as const;

/** Problems by error name: some errors are thrown by code that the gateway may not import. */
const PROBLEM_BY_NAME: ReadonlyMap<string, NamedProblem> = new Map<string, NamedProblem>([
  ['InvalidRequestError', { code: 'INVALID_REQUEST' }],
  ['InputFileError', { code: 'INVALID_REQUEST' }],
  ['InvalidRowsError', { code: 'INVALID_ROWS' }],
  ['IdTakenError', { code: 'ID_TAKEN' }],
  ['ItemNotFoundError', { code: 'NOT_FOUND', detail: 'there is no item with this id' }],
  ['BatchNotFoundError', { code: 'NOT_FOUND', detail: 'there is no batch with this id' }],
  ['ScheduleNotFoundError', { code: 'NOT_FOUND', detail: 'there is no schedule with this id' }],
  ['ManifestNotFoundError', { code: 'NOT_FOUND', detail: 'there is no batch with this id in the store' }],
  ['BatchRefusedError', { code: 'BATCH_REFUSED' }],
  ['ItemRefusedError', { code: 'ITEM_REFUSED' }],
  ['BatchDeletedError', { code: 'DELETED' }],
  ['ItemDeletedError', { code: 'DELETED' }],
  [
    'OtherStoreError',
    {
      code: 'STORE_MISMATCH',
      detail: 'the workers, or the batch, have another store than the gateway; nothing was started',
    },
  ],
  ['WorkerMissingError', { code: 'WORKER_MISSING', detail: 'no worker answers; nothing is lost' }],
  ['NoServerError', UNREACHABLE],
  ['StoreUnavailable', { code: 'STORE_UNAVAILABLE', detail: 'the store cannot be read or written' }],
]);

/** Problems for Fastify's own refusals, whose messages may quote the request. */
const BY_FASTIFY_STATUS: Readonly<Record<number, KnownProblem>> = {
  400: { code: 'MALFORMED_BODY', detail: 'the body is not JSON or is incomplete' },
  413: { code: 'BODY_TOO_LARGE', detail: 'the body exceeds the limit of this route' },
  415: { code: 'UNSUPPORTED_CONTENT_TYPE', detail: 'the Content-Type is missing or not supported' },
};

const NO_ANSWER = { code: 'NO_ANSWER', detail: 'no answer arrived in time' } as const;
const FAULT = { code: 'FAULT', detail: 'internal error of the gateway' } as const;
const UPDATE_TIMEOUT = 'WorkflowUpdateRPCTimeoutOrCancelledError';

export function toProblem(error: unknown): Problem {
  if (error instanceof ApiProblem) return toProblemReply(error.code, error.message, error.details);
  if (error instanceof ApiCallError) return toRefusal(error);
  const other = foundOther(error);
  if (other !== null) return other;
  const { code, detail } = knownProblem(error);
  return toProblemReply(code, detail, { errors: error instanceof InvalidRequestError ? error.problems : [] });
}

const CHANGE_FIELDS = 'Change the fields that "detail" names, then send it again.';

/** Remedies of calls whose input was refused. That of the failure table is for prompts. */
const REMEDY_BY_CALL: Readonly<Record<string, string>> = {
  segment: 'Check that the address is public and that of a picture in a supported format, then send it again.',
};

/** A refused call about profiles or segments. The remedy of another code is that of the failure table. */
function toRefusal({ call, code, message }: ApiCallError): Problem {
  if (code === 'NOT_FOUND') return toProblemReply('NOT_FOUND', 'the provider knows no such profile');
  if (code === 'INPUT_INVALID')
    return toProblemReply('INVALID_REQUEST', message, { remedy: getOwn(REMEDY_BY_CALL, call) ?? CHANGE_FIELDS });
  return toProblemReply('PROVIDER_REFUSED', message, { remedy: getFailureRow(toRow(code)).remedy });
}

/** Remedies by the type of the workflow that has the id. */
const ROUTES_BY_TYPE: Readonly<Record<string, (id: string) => string>> = {
  [ITEM_TYPE]: (id) => `Use the routes of single items: /v1/items/${id}.`,
  [BATCH_TYPE]: (id) => `Use the routes of batches: /v1/batches/${id}.`,
};

/** The problem of an id that belongs to something else; `null` for any other error. */
function foundOther(error: unknown): Problem | null {
  const isNotFound = error instanceof ItemNotFoundError || error instanceof BatchNotFoundError;
  if (!isNotFound || error.foundType === null) return null;
  const id = error instanceof ItemNotFoundError ? error.imageId : error.batchId;
  const remedy = getOwn(ROUTES_BY_TYPE, error.foundType)?.(id) ?? 'It has no route; check the id.';
  return toProblemReply('NOT_FOUND', error.message, { remedy });
}

function knownProblem(error: unknown): KnownProblem {
  if (!(error instanceof Error)) return FAULT;
  const { name, message } = error;
  const named = PROBLEM_BY_NAME.get(name);
  if (named !== undefined) return { detail: message.replaceAll('\n', '; '), ...named };
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (isServerGone(error)) return UNREACHABLE;
  if (isLate(error) || name === UPDATE_TIMEOUT) return NO_ANSWER;
  return BY_FASTIFY_STATUS[status] ?? FAULT;
}

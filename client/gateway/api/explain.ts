/** From whatever was thrown to a problem that a caller can act upon; nothing of a body or a token is repeated. */
import { isGrpcDeadlineError } from '@temporalio/client';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { getOwn } from '../../../workflows/domain/own-value';
import { isServerGone } from '../../connection';
import { InvalidRequestError } from '../../errors';
import { InputFileError } from '../../input/input-file-error';
import { ApiProblem, type Problem, type ProblemCode, type ProblemError, problem } from './problem';

/** Errors whose sentence is for callers. By name: some are thrown by code that the gateway may not import. */
const CODE_BY_NAME: Readonly<Record<string, ProblemCode>> = {
  InvalidRequestError: 'INVALID_REQUEST',
  IdTakenError: 'ID_TAKEN',
  InputFileError: 'INVALID_ROWS',
  ImageNotFoundError: 'NOT_FOUND',
  BatchNotFoundError: 'NOT_FOUND',
  ManifestNotFoundError: 'NOT_FOUND',
  BatchRefusedError: 'BATCH_REFUSED',
  WorkerMissingError: 'WORKER_MISSING',
  NoServerError: 'TEMPORAL_UNREACHABLE',
  StoreUnavailable: 'STORE_UNAVAILABLE',
};

interface KnownProblem {
  readonly code: ProblemCode;
  readonly detail: string;
}

/** Fastify's own refusals; its sentences may quote what was sent. */
const BY_FASTIFY_STATUS: Readonly<Record<number, KnownProblem>> = {
  400: { code: 'MALFORMED_BODY', detail: 'the body is not JSON, or it broke off' },
  413: { code: 'BODY_TOO_LARGE', detail: 'the body is larger than is read here' },
  415: { code: 'UNSUPPORTED_CONTENT_TYPE', detail: 'the Content-Type is missing, or is not read here' },
};

const NO_ANSWER = { code: 'NO_ANSWER', detail: 'no answer came in time' } as const;
const UNREACHABLE = { code: 'TEMPORAL_UNREACHABLE', detail: 'the Temporal server does not answer' } as const;
const FAULT = { code: 'FAULT', detail: 'something went wrong in the gateway' } as const;
const UPDATE_TIMEOUT = 'WorkflowUpdateRPCTimeoutOrCancelledError';

export function problemOf(error: unknown): Problem {
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error.validation.map(errorOfIssue));
  if (error instanceof ApiProblem) return problem(error.code, error.message, error.errors);
  const { code, detail } = knownProblem(error);
  return problem(code, detail, errorsIn(error));
}

function invalidRequest(errors: readonly ProblemError[]): Problem {
  return problem('INVALID_REQUEST', sentence(errors), errors);
}

function knownProblem(error: unknown): KnownProblem {
  if (!(error instanceof Error)) return FAULT;
  const { name, message } = error;
  const code = getOwn(CODE_BY_NAME, name);
  if (code !== undefined) return { code, detail: message.replaceAll('\n', '; ') };
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (isServerGone(error)) return UNREACHABLE;
  if (isGrpcDeadlineError(error) || name === UPDATE_TIMEOUT) return NO_ANSWER;
  return BY_FASTIFY_STATUS[status] ?? FAULT;
}

function errorsIn(error: unknown): readonly ProblemError[] {
  if (error instanceof InputFileError) {
    const { line, problems } = error;
    return problems.map((one) => ({ ...(line === null ? {} : { line }), ...one }));
  }
  return error instanceof InvalidRequestError ? error.problems : [];
}

interface SchemaIssue {
  readonly instancePath: string;
  readonly message?: string | undefined;
}

function errorOfIssue({ instancePath, message = 'is not right' }: SchemaIssue): ProblemError {
  const field = instancePath.split('/').filter(Boolean).join('.');
  return { ...(field === '' ? {} : { field }), problem: message };
}

function sentence(errors: readonly ProblemError[]): string {
  return errors.map(({ field, problem: found }) => (field === undefined ? found : `${field}: ${found}`)).join('; ');
}

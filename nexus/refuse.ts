/** Handler errors of the service. None is retried: the same call would fail again. */
import { HandlerError, type HandlerErrorType } from 'nexus-rpc';
import { type InputProblem, newInputFailure } from '../workflows/domain/item/application-failure';

function toHandlerError(type: HandlerErrorType, message: string): HandlerError {
  return new HandlerError(type, message, { cause: newInputFailure(message), retryableOverride: false });
}

/** @throws HandlerError `BAD_REQUEST` with every problem, if there are any; its cause is `INPUT_INVALID` */
export function refuseBadRequest(problems: readonly InputProblem[]): void {
  if (problems.length === 0) return;
  const message = problems.map(({ field, problem }) => `${field} ${problem}`).join('; ');
  throw toHandlerError('BAD_REQUEST', message);
}

/** The id belongs to other work. */
export function newConflict(message: string): HandlerError {
  return toHandlerError('CONFLICT', message);
}

/** Nothing has the id. */
export function newNotFound(message: string): HandlerError {
  return toHandlerError('NOT_FOUND', message);
}

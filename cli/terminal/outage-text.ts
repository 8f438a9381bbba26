import { NoServerError, WorkerMissingError } from '../../connection/errors';

/** Describes a temporary outage of the server or the workers; `null` for any other error. */
export function describeOutage(error: unknown): string | null {
  if (error instanceof WorkerMissingError) return error.message;
  if (error instanceof NoServerError) return `the Temporal server at ${error.address} does not answer; waiting for it`;
  return null;
}

import type { ProviderFailureCode } from '../../workflows/domain/failures/failures';
import type { JobRequest } from '../endpoints/job-request';
import type { Job } from '../jobs/job';
import { directedCode, parseDirectives } from './directives';

/** Counts submissions per request with a directive: `x2` means the first two submissions of that request. */
export class DirectiveCounts {
  readonly #counts = new Map<string, number>();

  constructor(earlier: readonly Job[]) {
    for (const { key, operation, request } of earlier) this.count(key, operation, request);
  }

  /** The code for the next submission of the request; `null` if none. */
  due(key: string, operation: string, request: JobRequest): ProviderFailureCode | null {
    const directives = parseDirectives(request.prompt);
    if (directives.length === 0) return null;
    return directedCode(directives, this.#counts.get(formatRequest(key, operation, request)) ?? 0);
  }

  count(key: string, operation: string, request: JobRequest): void {
    if (parseDirectives(request.prompt).length === 0) return;
    const name = formatRequest(key, operation, request);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}

/** Ignores the callback URL, which may carry a new token in every submission. */
function formatRequest(key: string, operation: string, { callbackUrl: _callback, ...request }: JobRequest): string {
  return JSON.stringify([key, operation, request]);
}

import type { PostRecord } from '../../../emulator';

/** Statuses that mean that nothing was accepted, regardless of the body. */
const REFUSALS: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 413, 415, 422, 429]);
const MIN_ERROR = 300;
/** Statuses after which the request may have been forwarded, regardless of the body; the provider sends none from 512 on. */
const GATEWAY_TIMEOUT = 504;
const MAX_ERROR = 511;

/** Whether the answer of a POST shows its outcome: the job's id, or that there is none. */
export function wasAnswered({ whole, named, status, isProviderError }: PostRecord): boolean {
  return whole === true && (named || isRefusal(status, isProviderError));
}

/** Any other answer may come from a proxy, which does not know what the provider did. */
function isRefusal(status: number | null, isProviderError: boolean): boolean {
  if (status === null) return false;
  if (status === GATEWAY_TIMEOUT || status > MAX_ERROR) return false;
  return REFUSALS.has(status) || (status >= MIN_ERROR && isProviderError);
}

import type { PostRecord } from '../../../emulator';

/** Whatever their body says, the provider has accepted nothing. */
const REFUSALS: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 413, 415, 422, 429]);
const MIN_ERROR = 300;
/** Whatever their body says, the request was passed on, or the answer is not the provider's: from 512 on they are of others. */
const GATEWAY_TIMEOUT = 504;
const MAX_ERROR = 511;

/** Whether the sender of a POST was told what became of it: the job's id, or that there is none. */
export function wasTold({ whole, named, status, isProviderError }: PostRecord): boolean {
  return whole === true && (named || isRefusal(status, isProviderError));
}

/** All else may come from what stands before the provider, which does not know what the provider has done. */
function isRefusal(status: number | null, isProviderError: boolean): boolean {
  if (status === null) return false;
  if (status === GATEWAY_TIMEOUT || status > MAX_ERROR) return false;
  return REFUSALS.has(status) || (status >= MIN_ERROR && isProviderError);
}

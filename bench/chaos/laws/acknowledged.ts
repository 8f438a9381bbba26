import type { PostRecord } from '../../../emulator';

/** A timeout of the server, which does not say what it had read. */
const REQUEST_TIMEOUT = 408;
const UNAVAILABLE = 503;

/** Whether the sender of a POST was told what became of it: the job's id, or that there is none. */
export function wasTold({ whole, named, status }: PostRecord): boolean {
  return whole === true && (named || isRefusal(status));
}

function isRefusal(status: number | null): boolean {
  if (status === null || status === REQUEST_TIMEOUT) return false;
  return status === UNAVAILABLE || (status >= 300 && status < 500);
}

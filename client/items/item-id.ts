import { createHash } from 'node:crypto';
import type { RequestFields } from '../../workflows/domain/item/item';
import type { OperationName } from '../../workflows/domain/operations/operations';

/** Enough of a hash that two requests never meet by chance. */
const HEX_DIGITS = 24;

/** The same for the same request, whatever the order of its fields. */
export function hashRequest(operation: OperationName, request: RequestFields): string {
  const fields = Object.entries(request)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([operation, fields]))
    .digest('hex')
    .slice(0, HEX_DIGITS);
}

/** The id of a request that was given none. */
export function deriveItemId(operation: OperationName, request: RequestFields): string {
  return `image-${hashRequest(operation, request)}`;
}

import { createHash } from 'node:crypto';
import type { RequestFields } from '../../workflows/domain/item/item';
import type { OperationName } from '../../workflows/domain/operations/operations';

/** Hexadecimal digits of the hash: enough to exclude collisions. */
const HEX_DIGITS = 24;

/** Hashes a request; the order of its fields does not matter. */
export function hashRequest(operation: OperationName, request: RequestFields): string {
  const fields = Object.entries(request)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([operation, fields]))
    .digest('hex')
    .slice(0, HEX_DIGITS);
}

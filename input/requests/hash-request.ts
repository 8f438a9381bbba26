import { createHash } from 'node:crypto';
import type { PlainRow, RequestFields } from '../../workflows/domain/item/item';
import { listSteps } from '../../workflows/domain/item/row-steps';
import type { OperationName } from '../../workflows/domain/operations/operations';

/** Hexadecimal digits of the hash: enough to exclude collisions. */
const HEX_DIGITS = 24;

/** Hashes the requests of all steps of a row; a row of one step has the hash of its request. */
export function hashSteps(row: Pick<PlainRow, 'operation' | 'request' | 'steps'>): string {
  const hashes = listSteps(row).map(({ operation, request }) => hashRequest(operation, request));
  if (row.steps === undefined) return hashes.join();
  const ids = row.steps.map(({ id }) => id);
  return createHash('sha256')
    .update(JSON.stringify([ids, hashes]))
    .digest('hex')
    .slice(0, HEX_DIGITS);
}

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

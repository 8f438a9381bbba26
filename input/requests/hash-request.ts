import { createHash } from 'node:crypto';
import { canonicalWork } from '../../workflows/domain/item/canonical-row';
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

/** Hashes what an item is made of: the beginning of the hash by which the store knows it. */
export function hashItem(work: Parameters<typeof canonicalWork>[0]): string {
  return createHash('sha256').update(canonicalWork(work)).digest('hex').slice(0, HEX_DIGITS);
}

/** Hashes a request; the order of its fields does not matter. */
export function hashRequest(operation: OperationName, request: RequestFields): string {
  return hashItem({ operation, request });
}

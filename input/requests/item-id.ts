import type { PlainRow } from '../../workflows/domain/item/item';
import { getOperationRow } from '../../workflows/domain/operations/operations';
import { hashItem } from './hash-request';

/** The default id of an item; begins with the kind of its result. */
export function deriveItemId(work: Omit<PlainRow, 'key'>): string {
  return `${getOperationRow(work.operation).output}-${hashItem(work)}`;
}

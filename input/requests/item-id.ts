import type { RequestFields } from '../../workflows/domain/item/item';
import { getOperationRow, type OperationName } from '../../workflows/domain/operations/operations';
import { hashRequest } from './hash-request';

/** The default id of a request; begins with the kind of its result. */
export function deriveItemId(operation: OperationName, request: RequestFields): string {
  return `${getOperationRow(operation).output}-${hashRequest(operation, request)}`;
}

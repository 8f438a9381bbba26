import { OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import { findClosestMatch } from './closest-match';

/** What to do about a text that names no operation. */
export function adviseOperation(text: string): string {
  const near = findClosestMatch(text, OPERATION_NAMES);
  return near === null ? `must be one of ${OPERATION_NAMES.join(', ')}` : `did you mean ${near}?`;
}

import { OPERATION_NAMES, OPERATIONS } from '../../workflows/domain/operations/operations';
import { findClosestMatch } from './closest-match';

/** What to do about a text that names no operation that can be started. */
export function adviseOperation(text: string): string {
  if (Object.hasOwn(OPERATIONS, text)) return 'its results cannot be verified and stored yet, so it cannot be started';
  const near = findClosestMatch(text, OPERATION_NAMES);
  return near === null ? `must be one of ${OPERATION_NAMES.join(', ')}` : `did you mean ${near}?`;
}

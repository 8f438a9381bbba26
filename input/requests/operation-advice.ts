import { OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import { adviseName } from './closest-match';

/** What to do about a text that names no operation. */
export function adviseOperation(text: string): string {
  return adviseName(text, OPERATION_NAMES);
}

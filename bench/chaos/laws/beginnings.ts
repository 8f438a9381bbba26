import { hasEnded } from '../../../client/batches/batch-status';
import type { Evidence } from '../evidence';

/** Law 16: a holder that cannot begin blocks no other holder. */
export function beginnings({ stuck, observed, singles }: Evidence): readonly string[] {
  if (stuck === null || !stuck.wasThere) return [];
  const last = observed.at(-1);
  return [
    ...(last === undefined || !hasEnded(last) ? ['the batch does not end beside one that cannot begin'] : []),
    ...singles
      .filter(({ isOpen }) => isOpen)
      .map(({ planned }) => `the single item ${planned.id} does not end beside a batch that cannot begin`),
  ];
}

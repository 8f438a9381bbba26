import { hasEnded } from '../../../client/batches/batch-status';
import type { Evidence } from '../evidence';

/** Law 14: other items continue while one row is always refused. */
export function others({ plan, observed, singles }: Evidence): readonly string[] {
  if (plan.scene !== 'always 403') return [];
  const last = observed.at(-1);
  // The counts of a terminated batch no longer change.
  const { waiting = 0, running = 0, retrying = 0 } = last === undefined || hasEnded(last) ? {} : last.counts;
  const open = waiting + running + retrying;
  return [
    ...(open > 1 ? [`${open} items wait beside one row that is refused: ${JSON.stringify(last?.hold ?? null)}`] : []),
    ...singles.filter(({ isOpen }) => isOpen).map(({ planned }) => `the single item ${planned.id} waits for it`),
  ];
}

import { hasEnded } from '../../../client/batches/batch-status';
import type { Evidence } from '../evidence';

/** Law 5: batches and single items end, or a batch names what it waits for. An ended batch can be redriven. */
export function endings(evidence: Evidence): readonly string[] {
  const { singles, refusedRedrives, openPages, pending } = evidence;
  return [
    ...batchEnds(evidence),
    ...singles
      .filter(({ isOpen }) => isOpen)
      .map(({ planned }) => `the single item ${planned.id} does not end; ${pending.join('; ')}`),
    ...singles
      .filter(({ refused, reports }) => refused !== null && reports.length === 0)
      .map(({ planned, refused }) => `the single item ${planned.id} cannot be started: ${refused}`),
    ...openPages.map((page) => `the page ${page} still runs, but its batch has ended; ${pending.join('; ')}`),
    ...refusedRedrives.map((words) => `the batch has ended, and a redrive is refused: ${words.trim()}`),
  ];
}

function batchEnds({ observed, ended, pending, starts }: Evidence): readonly string[] {
  const last = observed.at(-1);
  if (last === undefined) return [`the batch was never seen: ${starts.map(({ said }) => said).join('; ')}`];
  if (hasEnded(last)) return [];
  if (last.hold !== null && ended.includes(last.hold.code))
    return [`the batch waits for ${last.hold.code}, which is over`];
  if (last.hold !== null || (last.pausedBy !== null && last.reason !== null)) return [];
  const seen = `${last.state} at ${last.updatedAt}, ${JSON.stringify(last.counts)}`;
  return [`the batch neither ended nor says what it waits for: ${seen}; ${pending.join('; ') || 'nothing is pending'}`];
}

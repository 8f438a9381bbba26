import type { Evidence } from '../evidence';

/** Law 5: a batch ends, or names what it waits for; and what it waits for is not over. */
export function endings({ observed, ended, pending }: Evidence): readonly string[] {
  const last = observed.at(-1);
  if (last === undefined) return ['the batch was never seen'];
  if (last.finishedAt !== null) return [];
  if (last.hold !== null && ended.includes(last.hold.code))
    return [`the batch waits for ${last.hold.code}, which is over`];
  if (last.hold !== null || (last.pausedBy !== null && last.reason !== null)) return [];
  const seen = `${last.state} at ${last.updatedAt}, ${JSON.stringify(last.counts)}`;
  return [`the batch neither ended nor says what it waits for: ${seen}; ${pending.join('; ') || 'nothing is pending'}`];
}

import type { LedgerEntry, PostRecord } from '../../../emulator';
import { type Evidence, isSingleKey } from '../evidence';
import { byPlace } from '../recipe-steps';
import { wasAnswered } from './acknowledged';

/** A step of an item that was paid, or may have been, more often than allowed. */
interface Excess {
  readonly place: string;
  readonly times: number;
  readonly words: string;
}

/**
 * Law 2: no step of an item is paid twice or may be, unless it was allowed: by a rerun of an unknown item or of steps that
 * the user named, or by the batch's own allowance, which counts each in `possibleDuplicates`.
 */
export function payments({ ledger, allowedPayments, observed }: Evidence): readonly string[] {
  const jobs = byPlace(ledger.jobs);
  const counted = Math.max(0, ...observed.map(({ possibleDuplicates }) => possibleDuplicates));
  const paidTwice = [...jobs].flatMap(([place, made]) => {
    const charged = made.filter((job) => job.charged).length;
    const allowed = 1 + (allowedPayments.get(place) ?? 0);
    const words = `${place}: ${charged} jobs are charged, ${allowed} may be`;
    return charged > allowed ? [{ place, times: charged - allowed, words }] : [];
  });
  const riskedTwice = [...byPlace(ledger.posts)].flatMap(([place, posts]) => {
    const risks = posts.slice(0, -1).filter((post) => isRisk(post, jobs.get(place) ?? [])).length;
    const allowed = allowedPayments.get(place) ?? 0;
    const words = `${place}: was sent again ${risks} times after an inconclusive answer`;
    return risks > allowed ? [{ place, times: risks - allowed, words }] : [];
  });
  return [...uncounted(paidTwice, counted), ...uncounted(riskedTwice, counted)];
}

/** Single items have no allowance. */
function uncounted(found: readonly Excess[], counted: number): readonly string[] {
  const ofSingles = found.filter(({ place }) => isSingleKey(place));
  const ofRows = found.filter(({ place }) => !isSingleKey(place));
  const times = ofRows.reduce((sum, excess) => sum + excess.times, 0);
  const note = counted === 0 ? '' : ` (${counted} possible duplicates are counted in all)`;
  return [
    ...ofSingles.map(({ words }) => words),
    ...(times > counted ? ofRows.map(({ words }) => `${words}${note}`) : []),
  ];
}

/** A failed job may be resubmitted, also if only a callback reported its failure. */
function isRisk(post: PostRecord, jobs: readonly LedgerEntry[]): boolean {
  if (wasAnswered(post)) return false;
  const job = jobs.find(({ jobId }) => jobId === post.jobId);
  // Submissions that created no job were a risk, too: their sender could not know that.
  return job === undefined || job.status === 'completed' || job.endedAt === null;
}

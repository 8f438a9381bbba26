import type { LedgerEntry, PostRecord } from '../../../emulator';
import { byKey, type Evidence, isSingleKey } from '../evidence';
import { wasAnswered } from './acknowledged';

/** A key that was paid, or may have been, more often than allowed. */
interface Excess {
  readonly key: string;
  readonly times: number;
  readonly words: string;
}

/**
 * Law 2: nothing is paid twice or may be, unless it was allowed: by a rerun of an unknown item, or by the batch's own
 * allowance, which counts each in `possibleDuplicates`.
 */
export function payments({ ledger, allowedAgain, observed }: Evidence): readonly string[] {
  const jobs = byKey(ledger.jobs);
  const counted = Math.max(0, ...observed.map(({ possibleDuplicates }) => possibleDuplicates));
  const paidTwice = [...jobs].flatMap(([key, made]) => {
    const charged = made.filter((job) => job.charged).length;
    const allowed = 1 + (allowedAgain.get(key) ?? 0);
    const words = `${key}: ${charged} jobs are charged, ${allowed} may be`;
    return charged > allowed ? [{ key, times: charged - allowed, words }] : [];
  });
  const riskedTwice = [...byKey(ledger.posts)].flatMap(([key, posts]) => {
    const risks = posts.slice(0, -1).filter((post) => isRisk(post, jobs.get(key) ?? [])).length;
    const allowed = allowedAgain.get(key) ?? 0;
    const words = `${key}: was sent again ${risks} times after an inconclusive answer`;
    return risks > allowed ? [{ key, times: risks - allowed, words }] : [];
  });
  return [...uncounted(paidTwice, counted), ...uncounted(riskedTwice, counted)];
}

/** Single items have no allowance. */
function uncounted(found: readonly Excess[], counted: number): readonly string[] {
  const ofSingles = found.filter(({ key }) => isSingleKey(key));
  const ofRows = found.filter(({ key }) => !isSingleKey(key));
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

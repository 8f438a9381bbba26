import type { LedgerEntry, PostRecord } from '../../../emulator';
import { byKey, type Evidence, isSingleKey } from '../evidence';
import { wasTold } from './acknowledged';

/** One key that was paid, or risked to be, more often than it may be. */
interface Excess {
  readonly key: string;
  readonly times: number;
  readonly words: string;
}

/**
 * Law 2: nothing is paid twice, nor risked to be, unless it was allowed: by somebody who runs an unknown item again, or by
 * the batch's own allowance, which counts each in `possibleDuplicates`.
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
    const words = `${key}: was sent again ${risks} times after an answer that told nothing`;
    return risks > allowed ? [{ key, times: risks - allowed, words }] : [];
  });
  return [...uncounted(paidTwice, counted), ...uncounted(riskedTwice, counted)];
}

/** Of single items none is ever allowed. */
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

/** A job that failed may be sent again: that it failed was told by a callback then. */
function isRisk(post: PostRecord, jobs: readonly LedgerEntry[]): boolean {
  if (wasTold(post)) return false;
  const job = jobs.find(({ jobId }) => jobId === post.jobId);
  // What became no job was no risk in the end; but nobody knew.
  return job === undefined || job.status === 'completed' || job.endedAt === null;
}

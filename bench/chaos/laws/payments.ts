import type { LedgerEntry, PostRecord } from '../../../emulator';
import { byKey, type Evidence } from '../evidence';
import { wasTold } from './acknowledged';

/** Law 2: nothing is paid twice, nor risked to be, unless it was allowed. */
export function payments({ ledger, allowedAgain }: Evidence): readonly string[] {
  const jobs = byKey(ledger.jobs);
  const paidTwice = [...jobs].flatMap(([key, made]) => {
    const charged = made.filter((job) => job.charged).length;
    const allowed = 1 + (allowedAgain.get(key) ?? 0);
    return charged > allowed ? [`${key}: ${charged} jobs are charged, ${allowed} may be`] : [];
  });
  const riskedTwice = [...byKey(ledger.posts)].flatMap(([key, posts]) => {
    const risks = posts.slice(0, -1).filter((post) => isRisk(post, jobs.get(key) ?? [])).length;
    const allowed = allowedAgain.get(key) ?? 0;
    return risks > allowed ? [`${key}: was sent again ${risks} times after an answer that told nothing`] : [];
  });
  return [...paidTwice, ...riskedTwice];
}

/** A job that failed may be sent again: that it failed was told by a callback then. */
function isRisk(post: PostRecord, jobs: readonly LedgerEntry[]): boolean {
  if (wasTold(post)) return false;
  const job = jobs.find(({ jobId }) => jobId === post.jobId);
  return job === undefined || job.status === 'completed' || job.endedAt === null;
}

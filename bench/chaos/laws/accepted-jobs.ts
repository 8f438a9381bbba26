import { byKey, type Evidence, everyLine, toSingleKey } from '../evidence';
import type { Blow } from '../plan-blows';

/** Blows after which a worker still receives the answers to its POSTs, and their workflows still run. */
const KEEPING_ANSWERS: ReadonlySet<Blow> = new Set<Blow>([
  'cut the worker off',
  'pause the worker',
  'kill the server',
  'keep the server away',
  'kill the command line',
  'kill the gateway',
  'forget the uploads',
]);

/** Law 23: a job whose id was sent to a worker that lives is in the reports of its item. */
export function acceptedJobs(evidence: Evidence): readonly string[] {
  const { plan, struck, taken, ledger } = evidence;
  const isExcused =
    taken.some((step) => step.startsWith('reset')) || !struck.every((blow) => KEEPING_ANSWERS.has(blow));
  if (isExcused) return [];
  const posts = byKey(ledger.posts);
  const fated = new Set(plan.singles.flatMap((single) => (single.fate === null ? [] : [toSingleKey(single)])));
  return everyLine(evidence).flatMap(({ key, jobId, submissions }) => {
    const named = new Set([jobId, ...submissions.map((submission) => submission.jobId)]);
    const answered = (posts.get(key) ?? []).filter((post) => post.named && post.whole === true);
    const lost = fated.has(key) ? [] : answered.filter((post) => post.jobId !== null && !named.has(post.jobId));
    return lost.map((post) => `${key}: the answer named the job ${post.jobId}, but no report does`);
  });
}

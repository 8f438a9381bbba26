import type { ItemLine } from '../../../workflows/domain/item';
import { byKey, type Evidence } from '../evidence';
import type { Blow } from '../plan';
import { wasTold } from './acknowledged';

/** After these an answer that was sent may not have been read, or a submission may have been lost before its POST. */
const MAKES_UNKNOWN: readonly Blow[] = [
  'kill the worker',
  'kill the server',
  'pause the worker',
  'freeze the worker until it is given up',
];

const UNKNOWN = 'SUBMIT_OUTCOME_UNKNOWN';

/** Law 1: accepted submissions that nobody was told of are the items reported as unknown: none hidden, none invented. */
export function unknowns({ ledger, lines, struck }: Evidence): readonly string[] {
  const jobs = byKey(ledger.jobs);
  const posts = byKey(ledger.posts);
  const mayBeLost = struck.some((blow) => MAKES_UNKNOWN.includes(blow));
  return lines.flatMap((line) => [
    ...hidden(
      line,
      (jobs.get(line.key) ?? []).map(({ jobId }) => jobId),
    ),
    ...(mayBeLost || (posts.get(line.key) ?? []).some((post) => !wasTold(post)) ? [] : invented(line)),
  ]);
}

function hidden({ key, outcome, jobId, submissions }: ItemLine, accepted: readonly string[]): readonly string[] {
  const named = new Set([jobId, ...submissions.map((submission) => submission.jobId)]);
  const nameless = accepted.filter((id) => !named.has(id));
  const open = submissions.filter(({ jobId: id, code }) => id === null && code === UNKNOWN);
  if (nameless.length > open.length) {
    return [`${key}: ${nameless.length} accepted jobs are named nowhere, and ${open.length} submissions are unknown`];
  }
  return nameless.length > 0 && outcome !== 'unknown' ? [`${key}: ends ${outcome}, though a job may exist`] : [];
}

function invented({ key, outcome }: ItemLine): readonly string[] {
  return outcome === 'unknown' ? [`${key}: is reported unknown, though every answer was sent whole`] : [];
}

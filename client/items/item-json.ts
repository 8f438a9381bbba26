/** How an image ended, as scripts and other languages read it. */
import { remedyFor } from '../../workflows/domain/item/decide-next';
import type { ItemLine, ItemReport, LineSubmission } from '../../workflows/domain/item/item';
import { lineOf } from '../../workflows/domain/item/result-row';

export interface ImageJson extends Omit<ItemLine, 'key' | 'submissions'> {
  readonly id: string;
  readonly submissions: readonly Pick<LineSubmission, 'jobId' | 'code'>[];
  readonly remedy: string | null;
}

export function imageJson(id: string, report: ItemReport): ImageJson {
  const { key: _key, ...line } = lineOf(id, report);
  const submissions = line.submissions.map(({ jobId, code }) => ({ jobId, code }));
  return {
    id,
    ...line,
    submissions,
    remedy: report.code === null ? null : remedyFor(report.code, { id, jobId: report.jobId, outcome: report.outcome }),
  };
}

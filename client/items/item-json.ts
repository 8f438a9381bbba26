/** The end of an item as JSON, for scripts and other languages. */
import { describeRemedy } from '../../workflows/domain/item/decide-next';
import type { AllFiles, ItemReport, ItemResultRow, RowSubmission } from '../../workflows/domain/item/item';
import { toResultRow, withAllFiles } from '../../workflows/domain/item/result-row';

interface ItemJson extends Omit<ItemResultRow, 'key' | 'submissions' | 'files'>, AllFiles {
  readonly id: string;
  readonly operation: string | null;
  readonly submissions: readonly Pick<RowSubmission, 'jobId' | 'code'>[];
  readonly remedy: string | null;
}

export function toItemJson(id: string, operation: string | null, report: ItemReport): ItemJson {
  const { key: _key, ...line } = toResultRow(id, report);
  const { files } = withAllFiles(report);
  const submissions = line.submissions.map(({ jobId, code }) => ({ jobId, code }));
  return {
    id,
    operation,
    ...line,
    files,
    submissions,
    remedy:
      report.code === null ? null : describeRemedy(report.code, { id, jobId: report.jobId, outcome: report.outcome }),
  };
}

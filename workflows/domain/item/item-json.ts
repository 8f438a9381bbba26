/** The end of an item as JSON, for scripts and other languages. */
import { withoutMissing } from '../base/without-missing';
import { describeRemedy } from './describe-remedy';
import type { AllFiles, ItemReport, ItemResultRow, RowSubmission } from './item';
import { type StepResult, toResultRow, toWholeReport, type WholeReport } from './result-row';

interface ItemJson extends Omit<ItemResultRow, 'key' | 'submissions' | 'files' | 'steps'>, AllFiles {
  readonly id: string;
  readonly operation: string | null;
  readonly submissions: readonly Pick<RowSubmission, 'step' | 'jobId' | 'code'>[];
  /** The steps that were reached. Absent: the item has one step. */
  readonly steps?: readonly StepResult[];
  readonly values?: Readonly<Record<string, unknown>>;
  readonly remedy: string | null;
  /** When its files were deleted from the store, ISO 8601. Absent: they were not. */
  readonly deletedAt?: string;
}

export function toItemJson(
  id: string,
  operation: string | null,
  report: ItemReport & Pick<WholeReport, 'deletedAt'>,
): ItemJson {
  const { key: _key, steps: _short, ...line } = toResultRow(id, report);
  const { files, steps } = toWholeReport(report);
  const submissions = line.submissions.map(({ step, jobId, code }) => ({ ...withoutMissing({ step }), jobId, code }));
  const { jobId, outcome, values, deletedAt } = report;
  const subject = { id, jobId, outcome, operation: report.operation ?? operation, ...withoutMissing({ steps }) };
  return {
    id,
    operation,
    ...line,
    files,
    submissions,
    ...withoutMissing({ steps, values, deletedAt }),
    remedy: report.code === null ? null : describeRemedy(report.code, subject),
  };
}

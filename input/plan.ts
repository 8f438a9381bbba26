/** Reads and checks a whole file in one pass, before anything is paid. */
import { listSteps } from '../workflows/domain/item/row-steps';
import type { OperationName } from '../workflows/domain/operations/operations';
import {
  type CheckedRow,
  type CheckOptions,
  checkRows,
  type PlannedRow,
  type RightRow,
  type WrongRow,
} from './check-rows';
import { ContentDigest } from './content-digest';
import { type CostEstimate, costEstimate, type OperationCounts, type TimeEstimate, timeEstimates } from './estimate';
import { type FindingList, Findings, MAX_SHOWN, type ReportSink } from './findings';
import { InputFileError } from './input-file-error';
import type { InputRow } from './input-row';
import { OperationTally, type RowTotals, type StepCount } from './operation-tally';
import { type PhotoCounts, PhotoTally } from './pictures/photo-tally';
import type { InputCounts } from './pictures/picture-inputs';
import { FILE_WORDS } from './plan-words';

export interface PlanOptions extends CheckOptions {
  /** Whether invalid rows are left out. Default false: with an invalid row nothing may start. */
  readonly skipInvalid?: boolean;
  /** Receives every problem and warning as it is found. */
  readonly report?: ReportSink;
  /** Receives every valid row in order. The next row is read once it resolves. */
  readonly onRow?: (row: PlannedRow) => Promise<void>;
  /** Called after every row, valid or not, with the number of rows read. */
  readonly onProgress?: (rows: number) => void;
  /** Concurrent jobs, for the estimate of time. Default: estimates for 1 and for 10. */
  readonly concurrency?: number;
  /** Cost of one submission by operation. Default: none, and no estimate of the cost. */
  readonly prices?: ReadonlyMap<OperationName, number>;
  /** Number of rows of a sample to estimate, too. Default: none. */
  readonly sample?: number | undefined;
  /** Number of problems, and of warnings, that are kept. Default 50. */
  readonly maxFindings?: number;
}

/** What a part of the rows will submit, take and cost. */
export interface PartEstimate {
  /** Number of valid rows per operation. */
  readonly byOperation: OperationCounts;
  /** Number of paid POSTs if nothing is retried. */
  readonly submissions: number;
  /** The same by step, in order. Absent: the items have one step. */
  readonly steps?: readonly StepCount[];
  /** For the given concurrency, or for 1 and for 10. */
  readonly time: readonly TimeEstimate[];
  /** `null` if there is no price. */
  readonly cost: CostEstimate | null;
}

/** A sample of the rows. */
export interface SampleEstimate extends PartEstimate {
  readonly rows: number;
}

/** What a plan counts and estimates. */
export interface PlanCounts extends PartEstimate {
  /** Whether a batch may start from the rows. */
  readonly mayStart: boolean;
  /** All rows: `valid + invalid + dropped`. */
  readonly rows: number;
  readonly valid: number;
  readonly invalid: number;
  /** Rows left out as duplicates of an earlier row. */
  readonly dropped: number;
  /** Valid or dropped rows with the same request as an earlier row. */
  readonly duplicates: number;
  /** The digest of the valid rows in order, independent of the format of their source. */
  readonly contentSha256: string;
  /** Of the sample that was asked for; absent if none was. */
  readonly sample?: SampleEstimate;
  /** Inputs of valid rows that are files. */
  readonly inputs: InputCounts;
  /** Files of all rows, and of a folder, by what may matter to the provider. */
  readonly photos: PhotoCounts;
}

export interface Plan extends PlanCounts {
  /** The name shown in messages. */
  readonly name: string;
  /** False if the file could not be read to its end; the last problem says why. */
  readonly complete: boolean;
  readonly problems: FindingList;
  readonly warnings: FindingList;
}

/**
 * Reads and checks the rows once. Keeps at most 100 bytes per row, to detect duplicates, however long its prompt is.
 *
 * @param name name of the source, shown in messages
 * @throws InputFileError if the source cannot be read at all, or has no rows
 */
export async function planRows(name: string, rows: AsyncIterable<InputRow>, options: PlanOptions = {}): Promise<Plan> {
  const planner = new Planner(options);
  let complete = true;
  try {
    for await (const checked of checkRows(rows, options)) await planner.take(checked);
  } catch (error) {
    if (!(error instanceof InputFileError) || error.line === null) throw error;
    complete = false;
    await planner.stopped(error);
  }
  return planner.plan(name, complete);
}

const NO_INPUTS: InputCounts = { files: 0, bytes: 0, distinct: 0 };

class Planner {
  private readonly findings: Findings;
  private readonly content = new ContentDigest();
  private readonly operations = new OperationTally();
  private readonly counts = { rows: 0, valid: 0, invalid: 0, dropped: 0, duplicates: 0 };

  constructor(private readonly options: PlanOptions) {
    this.findings = new Findings(options.report, options.maxFindings ?? MAX_SHOWN);
  }

  async take(checked: CheckedRow): Promise<void> {
    this.counts.rows += 1;
    const key = checked.ok ? checked.row.key : checked.key;
    for (const { line, ...warning } of checked.warnings) {
      await this.findings.add({
        severity: 'warning',
        key: this.hasLines ? key : null,
        line: this.toLine(line),
        ...warning,
      });
    }
    if (checked.ok) await this.takeRight(checked);
    else await this.takeWrong(checked);
    this.options.onProgress?.(this.counts.rows);
  }

  async stopped({ problems, line }: InputFileError): Promise<void> {
    for (const problem of problems) await this.findings.add({ severity: 'problem', line, key: null, ...problem });
  }

  plan(name: string, complete: boolean): Plan {
    const { skipInvalid = false, sample } = this.options;
    const { valid, invalid } = this.counts;
    return {
      mayStart: complete && valid > 0 && (invalid === 0 || skipInvalid),
      name,
      ...this.counts,
      complete,
      problems: this.findings.list('problem'),
      warnings: this.findings.list('warning'),
      contentSha256: this.content.digest(),
      ...this.estimate(this.operations.count()),
      ...(sample === undefined ? {} : { sample: this.estimateSample(sample) }),
      inputs: this.options.inputs?.counts ?? NO_INPUTS,
      photos: this.options.inputs?.photoCounts ?? new PhotoTally().counts,
    };
  }

  private estimateSample(size: number): SampleEstimate {
    const totals = this.operations.count(size);
    return { rows: totals.rows, ...this.estimate(totals) };
  }

  private estimate({ byOperation, submissions, steps, slowestMs }: RowTotals): PartEstimate {
    const { concurrency, prices = new Map() } = this.options;
    return {
      byOperation,
      submissions,
      ...(steps.length === 0 ? {} : { steps }),
      time: timeEstimates(byOperation, slowestMs, concurrency),
      cost: costEstimate(byOperation, prices),
    };
  }

  private async takeRight({ row, sameAs, dropped }: RightRow): Promise<void> {
    if (sameAs !== null) await this.takeDuplicate(row, sameAs, dropped);
    this.counts[dropped ? 'dropped' : 'valid'] += 1;
    if (dropped) return;
    this.operations.add(row);
    for (const { operation, request } of listSteps(row)) this.options.inputs?.use(operation, request);
    this.content.add(row);
    await this.options.onRow?.(row);
  }

  private async takeWrong({ line, key, problems }: WrongRow): Promise<void> {
    this.counts.invalid += 1;
    for (const problem of problems)
      await this.findings.add({ severity: 'problem', line: this.toLine(line), key, ...problem });
  }

  private get hasLines(): boolean {
    return this.options.words?.hasLines !== false;
  }

  private toLine(line: number): number | null {
    return this.hasLines ? line : null;
  }

  private async takeDuplicate({ line, key }: PlannedRow, sameAs: number, dropped: boolean): Promise<void> {
    const { place, dropDuplicates } = this.options.words ?? FILE_WORDS;
    this.counts.duplicates += 1;
    const advice = dropped ? 'it is dropped' : `both are paid for; ${dropDuplicates}`;
    const problem = `has the same request as ${place(sameAs)}; ${advice}`;
    await this.findings.add({ severity: 'warning', line: this.toLine(line), key, field: 'row', problem });
  }
}

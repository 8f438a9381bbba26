/** Counts the submissions of rows by operation and by step, for the whole and for a sample of it. */
import type { PlainRow } from '../workflows/domain/item/item';
import { listSteps } from '../workflows/domain/item/row-steps';
import { getOperationRow, type OperationName } from '../workflows/domain/operations/operations';
import type { OperationCounts } from './estimate';
import { chooseSample } from './sample';

/** Paid POSTs of a step if nothing is retried. */
export interface StepCount {
  readonly id: string;
  readonly operation: OperationName;
  readonly submissions: number;
}

/** What rows will submit if nothing is retried. */
export interface RowTotals {
  readonly rows: number;
  readonly byOperation: OperationCounts;
  readonly submissions: number;
  /** By step, in order; empty if the rows have one step. */
  readonly steps: readonly StepCount[];
  /** Typical time of the slowest row, in ms: its steps run one after the other. */
  readonly slowestMs: number;
}

type Steps = ReturnType<typeof listSteps>;

/** Keeps two bytes for each row: rows differ in their prompts, and hardly ever in their operations. */
export class OperationTally {
  private readonly kinds = new Map<string, { readonly number: number; readonly steps: Steps }>();
  private kindOf = new Uint16Array(1_024);
  private rows = 0;

  add(row: PlainRow): void {
    const steps = listSteps(row);
    const name = JSON.stringify(steps.map(({ id, operation }) => [id, operation]));
    const known = this.kinds.get(name);
    const kind = known ?? { number: this.kinds.size, steps };
    if (known === undefined) this.kinds.set(name, kind);
    if (this.rows === this.kindOf.length) this.grow();
    this.kindOf[this.rows] = kind.number;
    this.rows += 1;
  }

  /** @param sample number of rows of an even sample. Default: all rows */
  count(sample?: number): RowTotals {
    const kinds = [...this.kinds.values()];
    const counts = kinds.map(() => 0);
    const take = (row: number) => {
      const number = this.kindOf[row] ?? 0;
      counts[number] = (counts[number] ?? 0) + 1;
    };
    if (sample === undefined) for (let row = 0; row < this.rows; row += 1) take(row);
    else for (const row of chooseSample(sample, this.rows)) take(row);
    return sumKinds(kinds.map(({ steps }, index) => ({ steps, count: counts[index] ?? 0 })));
  }

  private grow(): void {
    const larger = new Uint16Array(this.kindOf.length * 2);
    larger.set(this.kindOf);
    this.kindOf = larger;
  }
}

function sumKinds(kinds: readonly { readonly steps: Steps; readonly count: number }[]): RowTotals {
  const byOperation: Partial<Record<OperationName, number>> = {};
  const byStep = new Map<string, StepCount>();
  let [rows, submissions, slowestMs] = [0, 0, 0];
  for (const { steps, count } of kinds.filter((kind) => kind.count > 0)) {
    rows += count;
    submissions += count * steps.length;
    const typical = steps.reduce((sum, { operation }) => sum + getOperationRow(operation).typicalMs, 0);
    slowestMs = Math.max(slowestMs, typical);
    for (const { id, operation } of steps) {
      byOperation[operation] = (byOperation[operation] ?? 0) + count;
      if (id !== undefined) byStep.set(id, { id, operation, submissions: (byStep.get(id)?.submissions ?? 0) + count });
    }
  }
  return { rows, byOperation, submissions, steps: [...byStep.values()], slowestMs };
}

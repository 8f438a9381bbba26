/** What a batch will take, before anything is spent. */
import { getOperationRow, OPERATION_NAMES, type OperationName } from '../../workflows/domain/operations/operations';

export type OperationCounts = Readonly<Partial<Record<OperationName, number>>>;

export interface TimeEstimate {
  /** Jobs in flight at a time. */
  readonly concurrency: number;
  /** If nothing is refused and every job takes its typical time. */
  readonly ms: number;
}

export interface CostEstimate {
  /** In the unit of the given prices. */
  readonly amount: number;
  /** Operations of the file that no price was given for; their rows are not in the amount. */
  readonly unpriced: readonly OperationName[];
}

/** For an unknown limit of the account: no concurrency, and a small one. */
const USUAL_CONCURRENCIES = [1, 10] as const;
/** Digits that survive adding up decimal fractions. */
const PRECISION = 12;

/** @param concurrency jobs in flight at a time; default one estimate for 1 and one for 10 */
export function timeEstimates(counts: OperationCounts, concurrency?: number): readonly TimeEstimate[] {
  const concurrencies = concurrency === undefined ? USUAL_CONCURRENCIES : [concurrency];
  return concurrencies.map((one) => ({ concurrency: one, ms: timeFor(counts, one) }));
}

function timeFor(counts: OperationCounts, concurrency: number): number {
  const used = listOperations(counts);
  const work = used.reduce((sum, name) => sum + (counts[name] ?? 0) * getOperationRow(name).typicalMs, 0);
  // No batch is faster than its slowest job.
  const longest = Math.max(0, ...used.map((name) => getOperationRow(name).typicalMs));
  return Math.ceil(Math.max(longest, work / concurrency));
}

/** `null` if no price was given. */
export function costEstimate(counts: OperationCounts, prices: ReadonlyMap<OperationName, number>): CostEstimate | null {
  if (prices.size === 0) return null;
  const used = listOperations(counts);
  const amount = used.reduce((sum, name) => sum + (counts[name] ?? 0) * (prices.get(name) ?? 0), 0);
  return { amount: Number(amount.toPrecision(PRECISION)), unpriced: used.filter((name) => !prices.has(name)) };
}

function listOperations(counts: OperationCounts): readonly OperationName[] {
  return OPERATION_NAMES.filter((name) => (counts[name] ?? 0) > 0);
}

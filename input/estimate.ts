/** Estimates of time and cost, before anything is spent. */
import { getOperationRow, OPERATION_NAMES, type OperationName } from '../workflows/domain/operations/operations';

export type OperationCounts = Readonly<Partial<Record<OperationName, number>>>;

export interface TimeEstimate {
  /** Concurrent jobs. */
  readonly concurrency: number;
  /** Duration in ms if nothing is refused and every job takes its typical time. */
  readonly ms: number;
}

export interface CostEstimate {
  /** Total, in the unit of the given prices. */
  readonly amount: number;
  /** Operations in the file without a price; their rows are not included in the amount. */
  readonly unpriced: readonly OperationName[];
}

/** Concurrencies for an estimate if the account's limit is unknown. */
const USUAL_CONCURRENCIES = [1, 10] as const;
/** Significant digits that remain exact when decimal fractions are added. */
const PRECISION = 12;

/**
 * @param slowestMs typical time of the slowest row: no batch is faster
 * @param concurrency concurrent jobs; default: one estimate for 1 and one for 10
 */
export function timeEstimates(
  counts: OperationCounts,
  slowestMs: number,
  concurrency?: number,
): readonly TimeEstimate[] {
  const concurrencies = concurrency === undefined ? USUAL_CONCURRENCIES : [concurrency];
  const work = listOperations(counts).reduce(
    (sum, name) => sum + (counts[name] ?? 0) * getOperationRow(name).typicalMs,
    0,
  );
  return concurrencies.map((one) => ({ concurrency: one, ms: Math.ceil(Math.max(slowestMs, work / one)) }));
}

/** Estimates the cost; `null` if there is no price. */
export function costEstimate(counts: OperationCounts, prices: ReadonlyMap<OperationName, number>): CostEstimate | null {
  if (prices.size === 0) return null;
  const used = listOperations(counts);
  const amount = used.reduce((sum, name) => sum + (counts[name] ?? 0) * (prices.get(name) ?? 0), 0);
  return { amount: Number(amount.toPrecision(PRECISION)), unpriced: used.filter((name) => !prices.has(name)) };
}

function listOperations(counts: OperationCounts): readonly OperationName[] {
  return OPERATION_NAMES.filter((name) => (counts[name] ?? 0) > 0);
}

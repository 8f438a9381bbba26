/** Counts failed store writes of this process. The governor holds the account when paid results cannot be stored. */
import type { StoreReport } from '../../workflows/domain/leases/governor-protocol';

/**
 * Failed writes in a row, without a success between them, that count as a fault of the store rather than of one item.
 */
const MAX_FAILED_WRITES = 3;
/** Minimum time between two reports to one governor while writes keep failing, in ms. */
const REPORT_INTERVAL_MS = 5_000;

export class StoreWrites {
  private failed = 0;
  /** Time of the last report per account, in ms since the epoch. */
  private readonly reportedAt = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @returns the report to send; `null` if none is due */
  recordFailure(account: string, problem: string): StoreReport | null {
    this.failed += 1;
    const reportedAt = this.reportedAt.get(account) ?? Number.NEGATIVE_INFINITY;
    if (this.failed < MAX_FAILED_WRITES || this.now() - reportedAt < REPORT_INTERVAL_MS) return null;
    this.reportedAt.set(account, this.now());
    return { problem };
  }

  /**
   * Records a successful write.
   *
   * @param isRetried whether an earlier attempt failed, possibly in a process that is gone
   * @returns the accounts to report the success to
   */
  recordSuccess(account: string, isRetried: boolean): readonly string[] {
    const accounts = new Set([...this.reportedAt.keys(), ...(isRetried ? [account] : [])]);
    this.failed = 0;
    this.reportedAt.clear();
    return [...accounts];
  }
}

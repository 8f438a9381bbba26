/** How the results of this process fare in the store: who pays for further ones must know when they cannot be kept. */
import type { StoreReport } from '../../workflows/domain/leases/governor-protocol';

/** This many failed writes in a row, with no result stored between them, are the store's fault and no item's. */
const MAX_FAILED_WRITES = 3;
/** While it lasts the governor is told again at most this often, in ms. */
const REPORT_INTERVAL_MS = 5_000;

export class StoreWrites {
  private failed = 0;
  /** When each account was last told, in ms since the epoch. */
  private readonly reportedAt = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @returns what is to be told of it; `null`: nothing for now */
  recordFailure(account: string, problem: string): StoreReport | null {
    this.failed += 1;
    const reportedAt = this.reportedAt.get(account) ?? Number.NEGATIVE_INFINITY;
    if (this.failed < MAX_FAILED_WRITES || this.now() - reportedAt < REPORT_INTERVAL_MS) return null;
    this.reportedAt.set(account, this.now());
    return { problem };
  }

  /**
   * A result was stored.
   *
   * @param isRetried an earlier attempt failed, perhaps at another process, which may be gone
   * @returns the accounts that are to be told
   */
  recordSuccess(account: string, isRetried: boolean): readonly string[] {
    const accounts = new Set([...this.reportedAt.keys(), ...(isRetried ? [account] : [])]);
    this.failed = 0;
    this.reportedAt.clear();
    return [...accounts];
  }
}

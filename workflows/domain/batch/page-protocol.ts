/** Messages between a batch and its pages: leases of permits, together with item outcomes. */
import type { Grant, LeaseReport } from '../leases/lease';
import type { Allowance } from '../money/spending';
import type { Tally } from './tally';

/** Sent by the batch to a page. */
export interface PageGrant extends Grant {
  readonly allowance: Allowance;
  /** Whether submissions stop for good. */
  readonly stop: boolean;
}

/** A page's report between outcomes. */
export interface PageLeaseReport extends LeaseReport {
  readonly part: number;
}

/** A page's report after it has written outcomes. */
export interface PageReport extends PageLeaseReport {
  /** Permits that it can use. */
  readonly permits: number;
  readonly tally: Tally;
  readonly done: boolean;
}

/** What a batch and its pages send each other: leases of permits, and with them the outcomes of items. */
import type { Grant, LeaseReport } from '../leases/lease';
import type { Allowance } from '../money/spending';
import type { Tally } from './tally';

/** From the batch to a page. */
export interface PageGrant extends Grant {
  readonly allowance: Allowance;
  /** Nothing further is submitted, for good. */
  readonly stop: boolean;
}

/** What a page reports between its outcomes. */
export interface PageLeaseReport extends LeaseReport {
  readonly part: number;
}

/** What a page tells of itself when it has written outcomes. */
export interface PageReport extends PageLeaseReport {
  /** Those that it can use. */
  readonly permits: number;
  readonly tally: Tally;
  readonly done: boolean;
}

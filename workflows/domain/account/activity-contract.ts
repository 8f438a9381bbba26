/** Account activities that workflows call. */
import type { HolderReport } from '../leases/governor-protocol';
import type { OpenHours, OpenTimes } from './hours';

export interface AccountActivities {
  /** Signals the report to the governor and starts the governor if none is running. */
  joinAccount(input: { readonly account: string; readonly report: HolderReport }): Promise<void>;
  /** Returns the holders that are no longer running. */
  findEndedHolders(holders: readonly string[]): Promise<readonly string[]>;
  /** Asks the running batches of the account to register, for a governor without state. */
  requestRegistrations(account: string): Promise<void>;
  /** Computes the next times at which the clock of the zone is in the hours. */
  computeHours(hours: OpenHours): Promise<OpenTimes>;
}

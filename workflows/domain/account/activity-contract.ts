/** What the workflows ask about the account. */
import type { HolderReport } from '../leases/governor-protocol';
export interface AccountActivities {
  /** Starts the governor if there is none, and hands it the report. */
  joinAccount(input: { readonly account: string; readonly report: HolderReport }): Promise<void>;
  /** Which of these holders have ended. */
  findEndedHolders(holders: readonly string[]): Promise<readonly string[]>;
  /** A governor that knows nobody asks the running batches of the account to report. */
  requestRegistrations(account: string): Promise<void>;
}

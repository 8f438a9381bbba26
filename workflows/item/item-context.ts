/** What an item needs of the workflow that runs it. */
import type { CancellationScope } from '@temporalio/workflow';
import type { JournalTerms } from '../domain/item/activity-contract';
import type { ItemProgress } from '../domain/item/item';
import type { ItemRecord } from '../domain/item/item-record';
import type { Permits } from '../domain/item/permits';
import type { CallbackInbox } from './callback-inbox';
import type { ItemCalls } from './item-activities';

/** Called whenever the item's progress changes, with its record. */
export type Observe = (progress: ItemProgress, record: ItemRecord) => void;

export interface ItemContext {
  readonly observe: Observe;
  readonly permits: Permits;
  /** Callbacks for this workflow's items. */
  readonly callbacks: CallbackInbox;
  /** Run the item's activities. Default: this workflow does. */
  readonly calls?: ItemCalls;
  /** Scope of the job reads; cancelling it abandons the jobs. Default: jobs are never abandoned. */
  readonly collecting?: CancellationScope;
  /** Called if the item belongs to another run of its page; the report does not contain its end then. */
  readonly onSuperseded?: () => void;
  /** Record of an item that began in an earlier run. */
  readonly record?: ItemRecord;
  /** Account that is held while results cannot be stored. Default: none. */
  readonly account?: string;
  /** Set for a single item, whose submissions are recorded in the store. Default: a row of a batch. */
  readonly journal?: Omit<JournalTerms, 'call'>;
}

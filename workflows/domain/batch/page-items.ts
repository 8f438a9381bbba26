/** The page's items: their states, and outcomes that have not been reported. */
import {
  countDuplicates,
  type ItemProgress,
  type ItemReport,
  type ItemResultRow,
  mayBeCharged,
  mayBePaid,
} from '../item/item';
import { type ItemRecord, NEW_RECORD } from '../item/item-record';
import { type PackedRecord, packRecord } from '../item/packed-record';
import { toResultRow } from '../item/result-row';
import type { HeldOperations } from '../leases/held-operations';
import { addTallies, EMPTY_TALLY, type ItemCounts, type Tally, tallyRow } from './tally';

type OpenState = 'waiting' | 'running' | 'retrying';

const OPEN_STATES: Readonly<Record<ItemProgress['state'], OpenState>> = {
  waiting: 'waiting',
  submitting: 'running',
  running: 'running',
  collecting: 'running',
  'awaiting-callback': 'running',
  retrying: 'retrying',
  ended: 'running',
};

interface OpenItem {
  readonly state: OpenState;
  readonly operation: string;
  readonly price: number;
  readonly isAccepted: boolean;
  readonly isBusy: boolean;
  /** Whether it waits for the callback of its newest submission. */
  readonly awaitsCallback: boolean;
  readonly record: ItemRecord;
}

export class PageItems {
  /** Incremented whenever a reported value changes. */
  version = 0;
  private readonly open = new Map<string, OpenItem>();
  private rows: ItemResultRow[] = [];
  /** Cost of one more submission of each open item; `null` until it is needed. No running sum, which would not return to 0. */
  private cost: number | null = null;

  constructor(private ended: Tally) {}

  /** @param price price of one submission of the item */
  add(key: string, record: ItemRecord | undefined, { operation, price }: { operation: string; price: number }): void {
    this.cost = null;
    this.open.set(key, {
      state: 'waiting',
      operation,
      price,
      isAccepted: false,
      isBusy: false,
      awaitsCallback: false,
      record: record ?? NEW_RECORD,
    });
  }

  change(key: string, progress: ItemProgress, record: ItemRecord): void {
    this.version += 1;
    const { operation, price } = this.open.get(key) ?? { operation: '', price: 0 };
    const isAccepted = progress.state === 'running';
    const isBusy = isAccepted || progress.state === 'submitting' || progress.state === 'collecting';
    this.open.set(key, {
      state: OPEN_STATES[progress.state],
      operation,
      price,
      isAccepted,
      isBusy,
      awaitsCallback: progress.state === 'awaiting-callback',
      record,
    });
  }

  /** @param price price of one submission of the item */
  end(key: string, report: ItemReport, price: number): void {
    this.version += 1;
    const line = toResultRow(key, report);
    this.open.delete(key);
    this.cost = null;
    this.ended = addTallies(this.ended, tallyRow(line, price));
    this.rows.push(line);
  }

  /** Closes items whose tally is known only as a sum. */
  close(keys: readonly string[], tally: Tally): void {
    this.version += 1;
    for (const key of keys) this.open.delete(key);
    this.cost = null;
    this.ended = addTallies(this.ended, tally);
  }

  /** Requests a report although nothing has changed. */
  touch(): void {
    this.version += 1;
  }

  get openItems(): number {
    return this.open.size;
  }

  /** Items with a submission or job in progress, which the next run could not take over. */
  get busy(): number {
    return [...this.open.values()].filter(({ isBusy }) => isBusy).length;
  }

  /** Whether an item that waits for a callback has received it and is about to continue. */
  hasCallback(hasCallback: (key: string, submission: number) => boolean): boolean {
    return [...this.open].some(
      ([key, { awaitsCallback, record }]) => awaitsCallback && hasCallback(key, record.submissions.length),
    );
  }

  get unreported(): number {
    return this.rows.length;
  }

  /** Returns and clears the unreported outcomes. */
  takeRows(): readonly ItemResultRow[] {
    return this.rows.splice(0);
  }

  /** Number of items with an accepted job. */
  get inFlight(): number {
    return [...this.open.values()].filter(({ isAccepted }) => isAccepted).length;
  }

  /** Cost of one more submission of each open item. */
  get openCost(): number {
    if (this.cost === null) {
      this.cost = 0;
      for (const { price } of this.open.values()) this.cost += price;
    }
    return this.cost;
  }

  /** Items of these operations that are to be submitted and have no permit, by operation. */
  countUnsent(held: HeldOperations): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { operation, state, awaitsCallback, record } of this.open.values()) {
      // A job that is read again is no submission.
      const isUnsent = state !== 'running' && !awaitsCallback && record.pendingJob === null;
      if (isUnsent && Object.hasOwn(held, operation)) counts.set(operation, (counts.get(operation) ?? 0) + 1);
    }
    return counts;
  }

  tally(): Tally {
    const counts: Record<string, number> = { ...EMPTY_TALLY.counts };
    let [submissions, cost, duplicates] = [0, 0, 0];
    for (const { state, price, record } of this.open.values()) {
      counts[state] = (counts[state] ?? 0) + 1;
      submissions += record.submissions.filter(mayBePaid).length;
      cost += record.submissions.filter(mayBeCharged).length * price;
      duplicates += countDuplicates(record.submissions, record.rescued?.found);
    }
    const { charged } = EMPTY_TALLY;
    return addTallies(this.ended, {
      counts: counts as ItemCounts,
      failures: {},
      submissions,
      cost,
      duplicates,
      charged,
    });
  }

  /** Records for the next run of the workflow. */
  records(): Readonly<Record<string, PackedRecord>> {
    return Object.fromEntries([...this.open].map(([key, { record }]) => [key, packRecord(record)]));
  }

  endedTally(): Tally {
    return this.ended;
  }
}

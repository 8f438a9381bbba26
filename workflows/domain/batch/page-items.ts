/** The page's items: their states, and outcomes that have not been reported. */
import type { EarlierOutcome, ItemProgress, ItemReport, ItemResultRow } from '../item/item';
import { countSubmissions, type ItemRecord, NEW_RECORD } from '../item/item-record';
import { type PackedRecord, packRecord } from '../item/packed-record';
import { toResultRow } from '../item/result-row';
import { countDuplicates, mayBeCharged, mayBePaid } from '../item/submission-payment';
import type { HeldOperations } from '../leases/held-operations';
import {
  addSteps,
  addTallies,
  countSteps,
  EMPTY_TALLY,
  type ItemCounts,
  type StepCounts,
  type Tally,
  tallyRow,
  toCountedRow,
} from './tally';

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

/** A step of an item: its operation, and the price of one submission. */
export interface PricedStep {
  /** Absent for the only step of an item. */
  readonly id?: string;
  readonly operation: string;
  readonly price: number;
}

interface OpenItem {
  readonly state: OpenState;
  readonly steps: readonly PricedStep[];
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

  add(key: string, record: ItemRecord | undefined, steps: readonly PricedStep[]): void {
    this.cost = null;
    this.open.set(key, {
      state: 'waiting',
      steps,
      isAccepted: false,
      isBusy: false,
      awaitsCallback: false,
      record: record ?? NEW_RECORD,
    });
  }

  change(key: string, progress: ItemProgress, record: ItemRecord): void {
    this.version += 1;
    const before = this.open.get(key);
    // The next step may have another price.
    if (before?.record.finished.length !== record.finished.length) this.cost = null;
    const isAccepted = progress.state === 'running';
    const isBusy = isAccepted || progress.state === 'submitting' || progress.state === 'collecting';
    this.open.set(key, {
      state: OPEN_STATES[progress.state],
      steps: before?.steps ?? [],
      isAccepted,
      isBusy,
      awaitsCallback: progress.state === 'awaiting-callback',
      record,
    });
  }

  end(key: string, report: ItemReport, earlier?: EarlierOutcome): void {
    this.version += 1;
    const line = toResultRow(key, report);
    const steps = this.open.get(key)?.steps ?? [];
    this.open.delete(key);
    this.cost = null;
    this.ended = addTallies(
      this.ended,
      tallyRow(toCountedRow(line, earlier), (id) => findPrice(steps, id)),
    );
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
      ([key, { awaitsCallback, record }]) => awaitsCallback && hasCallback(key, countSubmissions(record)),
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
      for (const { steps, record } of this.open.values()) this.cost += steps[record.finished.length]?.price ?? 0;
    }
    return this.cost;
  }

  /** Items of these operations that are to be submitted and have no permit, by operation. */
  countUnsent(held: HeldOperations): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { steps, state, awaitsCallback, record } of this.open.values()) {
      const operation = steps[record.finished.length]?.operation ?? '';
      // A job that is read again is no submission.
      const isUnsent = state !== 'running' && !awaitsCallback && record.pendingJob === null;
      if (isUnsent && Object.hasOwn(held, operation)) counts.set(operation, (counts.get(operation) ?? 0) + 1);
    }
    return counts;
  }

  tally(): Tally {
    const counts: Record<string, number> = { ...EMPTY_TALLY.counts };
    let [submissions, cost, duplicates] = [0, 0, 0];
    let ofSteps: Pick<Tally, 'steps'> = {};
    for (const { state, steps, record } of this.open.values()) {
      counts[state] = (counts[state] ?? 0) + 1;
      if (steps.length > 1) ofSteps = addSteps(ofSteps.steps, countReached(steps, record));
      const current = { submissions: record.submissions, fetched: record.rescued?.found ?? undefined };
      for (const [index, step] of [...record.finished, current].entries()) {
        submissions += step.submissions.filter(mayBePaid).length;
        cost += step.submissions.filter(mayBeCharged).length * (steps[index]?.price ?? 0);
        duplicates += countDuplicates(step.submissions, step.fetched);
      }
    }
    return addTallies(this.ended, {
      ...EMPTY_TALLY,
      ...ofSteps,
      counts: counts as ItemCounts,
      failures: {},
      submissions,
      cost,
      duplicates,
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

function countReached(steps: readonly PricedStep[], { finished }: ItemRecord): StepCounts {
  const reached = steps.slice(0, finished.length + 1).flatMap(({ id }) => id ?? []);
  return countSteps(reached.map((id, index) => ({ id, outcome: index < finished.length ? 'succeeded' : 'open' })));
}

/** @param id step of a submission; absent for the only step of an item */
function findPrice(steps: readonly PricedStep[], id: string | undefined): number {
  return steps.find((step) => step.id === id)?.price ?? 0;
}

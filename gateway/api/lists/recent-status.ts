/** The status of listed batches, shared by all callers of the list. */
import { type BatchStatus, hasEnded } from '../../../client/batches/batch-status';
import type { ListedBatch } from '../../../client/batches/list-batches';
import { Semaphore } from '../semaphore';

/** How long the status of a running batch is used again, in ms. */
const MAX_AGE_MS = 2_000;
/** How long a list waits for a status, in ms. Without a worker a query takes longer. */
const MAX_WAIT_MS = 3_000;
/** Concurrent queries. */
const MAX_QUERIES = 8;
/** Maximum batches whose status is kept. */
const MAX_KEPT = 1_000;

interface Kept {
  readonly at: number;
  readonly status: Promise<BatchStatus | null>;
  isFinal: boolean;
}

export class RecentStatuses {
  private readonly kept = new Map<string, Kept>();
  private readonly queries = new Semaphore(MAX_QUERIES, 'queries of listed batches');

  constructor(private readonly ask: (id: string) => Promise<BatchStatus>) {}

  /** Returns a status of the last two seconds; `null`: it could not be queried in time. */
  async find(batch: ListedBatch): Promise<BatchStatus | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, MAX_WAIT_MS, null);
    });
    return Promise.race([this.keep(batch).status, late]).finally(() => clearTimeout(timer));
  }

  private keep({ id, startedAt }: ListedBatch): Kept {
    // A redrive is a new run, with a start of its own.
    const key = `${id} ${startedAt}`;
    const known = this.kept.get(key);
    if (known !== undefined && (known.isFinal || Date.now() - known.at < MAX_AGE_MS)) return known;
    const status = this.query(id);
    const kept: Kept = { at: Date.now(), status, isFinal: false };
    void status.then((found) => {
      kept.isFinal = found !== null && hasEnded(found);
    });
    this.kept.delete(key);
    this.kept.set(key, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_KEPT) break;
      this.kept.delete(oldest);
    }
    return kept;
  }

  /** A status that cannot be queried does not fail the list: the page of the batch says why. */
  private async query(id: string): Promise<BatchStatus | null> {
    const release = await this.queries.wait();
    try {
      return await this.ask(id);
    } catch {
      return null;
    } finally {
      release();
    }
  }
}

/** The state of running batches, asked for once for all callers of this gateway. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchStatus, hasEnded } from '../../client/batches/batch-status';
import { toProblem } from './explain';
import type { Problem } from './problem';
import { Semaphore } from './semaphore';

const POLL_INTERVAL_MS = 1_000;
/** Maximum batches that are followed at once. Each is queried with its pages once a second. */
const MAX_WATCHES = 100;

/** What is known of a batch at a time. The same object until something changes. */
export interface Seen {
  readonly status: BatchStatus;
  /** Why it cannot be queried now; `null`: it can. */
  readonly problem: Problem | null;
}

/** Queries a batch. The signal ends the query. */
export type AskForStatus = (id: string, signal: AbortSignal) => Promise<BatchStatus>;

export class BatchWatches {
  private readonly watches = new Map<string, BatchWatch>();
  private readonly running = new Semaphore(MAX_WATCHES, 'batches that are followed');

  constructor(
    private readonly ask: AskForStatus,
    private readonly stopping: AbortSignal,
  ) {}

  /**
   * Joins the watch of a batch, or starts it. It ends when its last follower leaves.
   *
   * @throws ApiProblem BUSY
   */
  join(id: string): BatchWatch {
    const known = this.watches.get(id);
    const watch = known ?? this.start(id);
    watch.followers += 1;
    return watch;
  }

  leave(watch: BatchWatch): void {
    watch.followers -= 1;
    if (watch.followers > 0) return;
    watch.stop();
    if (this.watches.get(watch.id) === watch) this.watches.delete(watch.id);
  }

  private start(id: string): BatchWatch {
    const release = this.running.take();
    const watch = new BatchWatch(id, this.ask, this.stopping);
    this.watches.set(id, watch);
    watch.ended
      .finally(() => {
        release();
        // A redrive begins a new watch.
        if (this.watches.get(id) === watch) this.watches.delete(id);
      })
      // The followers have received it with the first answer.
      .catch(() => undefined);
    return watch;
  }
}

/** Queries one batch until it ends or has no follower. */
export class BatchWatch {
  followers = 0;
  /** Rejects with the error of the first query, for instance of an unknown batch. */
  readonly first: Promise<Seen>;
  readonly ended: Promise<void>;
  private readonly stopped = new AbortController();
  private readonly signal: AbortSignal;
  private readonly waiting = new Set<() => void>();
  private latest: Seen | null = null;

  constructor(
    readonly id: string,
    private readonly ask: AskForStatus,
    stopping: AbortSignal,
  ) {
    this.signal = AbortSignal.any([this.stopped.signal, stopping]);
    this.first = this.look().then((status) => {
      this.latest = { status, problem: null };
      return this.latest;
    });
    this.ended = this.first.then((seen) => this.follow(seen));
  }

  stop(): void {
    this.stopped.abort();
  }

  /**
   * Resolves with what is known as soon as it differs from `seen`, and with `seen` after the time or when `left` is aborted.
   *
   * @param maxWaitMs in ms
   */
  async next(seen: Seen, maxWaitMs: number, left: AbortSignal): Promise<Seen> {
    if (this.latest === seen && !this.signal.aborted && !left.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          left.removeEventListener('abort', wake);
          this.waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, maxWaitMs);
        left.addEventListener('abort', wake);
        this.waiting.add(wake);
      });
    }
    return this.latest ?? seen;
  }

  /** Temporary problems do not end the watch: the batch continues, and a worker may return. */
  private async follow(first: Seen): Promise<void> {
    let last = first;
    let text = JSON.stringify(first);
    while (!hasEnded(last.status) && !this.signal.aborted) {
      await sleep(POLL_INTERVAL_MS, undefined, { signal: this.signal }).catch(() => undefined);
      if (this.signal.aborted) break;
      const { status } = last;
      const seen = await this.look().then(
        (found): Seen => ({ status: found, problem: null }),
        (error: unknown): Seen => ({ status, problem: toProblem(error) }),
      );
      if (this.signal.aborted) break;
      const newText = JSON.stringify(seen);
      if (newText === text) continue;
      [last, text] = [seen, newText];
      this.latest = seen;
      this.wakeAll();
    }
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }

  private look(): Promise<BatchStatus> {
    // Each query gets a signal of its own, because Temporal's client never removes its listeners.
    return this.ask(this.id, AbortSignal.any([this.signal]));
  }
}

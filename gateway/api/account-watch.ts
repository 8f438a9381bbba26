/** The account over time, sampled once for all callers of this gateway. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountStatus } from '../../client/account/account-handle';

/** Interval of samples, in ms. */
const SAMPLE_INTERVAL_MS = 2_000;
/** How long it is sampled after the last request, in ms: a page that was closed for a while still finds the time before. */
const MAX_IDLE_MS = 600_000;
/** Half an hour. */
const MAX_SAMPLES = 900;

/** Bounds that a test may lower. */
interface WatchBounds {
  /** In ms. */
  readonly intervalMs: number;
  /** In ms. */
  readonly maxIdleMs: number;
  readonly maxSamples: number;
}

const BOUNDS: WatchBounds = { intervalMs: SAMPLE_INTERVAL_MS, maxIdleMs: MAX_IDLE_MS, maxSamples: MAX_SAMPLES };

interface AccountSample {
  /** ISO 8601. */
  readonly at: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly refusals: number;
}

interface AccountCourse {
  /** At most an interval old. */
  readonly account: AccountStatus;
  /** Oldest first. */
  readonly samples: readonly AccountSample[];
}

/** Queries the account. The signal ends the query. */
type AskForAccount = (signal: AbortSignal) => Promise<AccountStatus>;

export class AccountWatch {
  private samples: readonly AccountSample[] = [];
  /** The newest answer; the first one until there is any. `null`: it is not sampled. */
  private latest: Promise<AccountStatus> | null = null;
  /** When a control has last changed the account, in ms since the epoch. */
  private changedAt = 0;
  private readAt = 0;

  constructor(
    private readonly ask: AskForAccount,
    private readonly stopping: AbortSignal,
    private readonly bounds: WatchBounds = BOUNDS,
  ) {}

  /**
   * Begins to sample the account, unless that is under way.
   *
   * @param after ISO 8601: only samples after this time; `null`: all
   * @throws the error of the newest query
   */
  async read(after: string | null): Promise<AccountCourse> {
    this.readAt = Date.now();
    this.latest ??= this.begin();
    const account = await this.latest;
    return { account, samples: after === null ? this.samples : this.samples.filter(({ at }) => at > after) };
  }

  /** Shows the state that a control has led to: the next sample may be seconds away. */
  async show(change: Promise<AccountStatus>): Promise<AccountStatus> {
    const status = await change;
    this.changedAt = Date.now();
    if (this.latest !== null) this.latest = Promise.resolve(status);
    return status;
  }

  private begin(): Promise<AccountStatus> {
    const first = this.look();
    void this.follow(first);
    return first;
  }

  /** A query that fails does not end it: the account continues, and a worker may return. */
  private async follow(first: Promise<AccountStatus>): Promise<void> {
    let look = first;
    let begunAt = Date.now();
    for (;;) {
      const status = await look.catch(() => null);
      // The answer to a query from before a change may be older than the change.
      if (begunAt > this.changedAt) this.latest = look;
      if (status !== null) this.add(status);
      await sleep(this.bounds.intervalMs, undefined, { signal: this.stopping }).catch(() => undefined);
      if (this.stopping.aborted || Date.now() - this.readAt > this.bounds.maxIdleMs) break;
      begunAt = Date.now();
      look = this.look();
    }
    this.latest = null;
    // What comes later would look as if it followed at once.
    this.samples = [];
  }

  private add({ limit, inFlight, refusals }: AccountStatus): void {
    const at = new Date().toISOString();
    this.samples = [...this.samples.slice(1 - this.bounds.maxSamples), { at, limit, inFlight, refusals }];
  }

  private look(): Promise<AccountStatus> {
    // Each query gets a signal of its own, because Temporal's client never removes its listeners.
    return this.ask(AbortSignal.any([this.stopping]));
  }
}

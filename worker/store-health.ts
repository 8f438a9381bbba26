/** Checks whether the store accepts writes: before a worker takes work, and for readiness probes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ResultStore, StoreUnavailable } from '../activities';
import { withTimeout } from './with-timeout';

/** Timeout of one probe, in ms: a lost mount may never answer. */
const PROBE_TIMEOUT_MS = 10_000;
const RETRY_MS = 5_000;
/** How long a successful probe stays valid, in ms. A probe writes files, which cost money in a bucket. */
const KNOWN_WELL_MS = 30_000;
const KNOWN_ILL_MS = 5_000;

export interface StoreWait {
  /** Called each time the store is found unavailable. */
  readonly report: (error: StoreUnavailable) => void;
  /** Aborts the wait. */
  readonly signal: AbortSignal;
}

export class StoreHealth {
  private known: { readonly isWell: Promise<boolean>; readonly until: number } | null = null;

  constructor(
    private readonly store: Pick<ResultStore, 'check'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws StoreUnavailable */
  async check(): Promise<void> {
    const problem = await this.findProblem();
    if (problem !== null) throw problem;
  }

  private async findProblem(): Promise<StoreUnavailable | null> {
    try {
      await withTimeout(PROBE_TIMEOUT_MS, this.store.check());
      return null;
    } catch (error) {
      if (error instanceof StoreUnavailable) return error;
      const reason = error instanceof Error ? error.message : String(error);
      return new StoreUnavailable(`the store cannot be used: ${reason}`, { cause: error });
    }
  }

  /** Probes every 5 s until the store is available; returns `false` if the wait was aborted. */
  async untilWell({ report, signal }: StoreWait): Promise<boolean> {
    while (!signal.aborted) {
      const problem = await this.findProblem();
      if (problem === null) return true;
      report(problem);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    return false;
  }

  /** Whether the store is available; probes only if the last result is too old. */
  async isWell(): Promise<boolean> {
    if (this.known === null || this.now() >= this.known.until) {
      const isWell = this.findProblem().then((problem) => problem === null);
      this.known = { isWell, until: this.now() + KNOWN_ILL_MS };
      if (await isWell) this.known = { isWell, until: this.now() + KNOWN_WELL_MS };
    }
    return this.known.isWell;
  }
}

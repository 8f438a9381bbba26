/** For an item that nobody limits: its page has the permit. */
import { deferred } from '../base/deferred';
import { CANCELLED_BY_REQUEST } from './decide-next';
import type { Permits, Turn, Wish } from './permits';

export class FreePermits implements Permits {
  readonly account = null;
  readonly stopsClock = false;
  readonly isGoverned = false;
  isOver = false;
  private readonly recall = deferred();
  private isUsed = false;

  get recalled(): Promise<void> {
    return this.recall.promise;
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return !this.isUsed;
  }

  acquire({ isInFlight }: Wish): Promise<Turn> {
    if (this.isOver && isInFlight !== true) return Promise.resolve({ go: false, end: CANCELLED_BY_REQUEST });
    this.isUsed = true;
    return Promise.resolve({ go: true, waitMs: 0, isProbe: false, retriedBy: 'server', ask: null });
  }

  release(): void {
    this.isUsed = false;
  }

  accepted(): void {
    // Nobody counts.
  }

  found(): void {
    // Nobody counts.
  }

  isKeyRefused(): boolean {
    return false;
  }

  vacate(): void {
    // Nobody waits for it.
  }

  mayDuplicate(): boolean {
    return false;
  }

  stop(): void {
    this.isOver = true;
    this.recall.resolve();
  }
}

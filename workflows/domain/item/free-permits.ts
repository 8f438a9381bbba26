/** Permits of an item that is not limited itself: its page holds the permit. */
import { deferred } from '../base/deferred';
import { CANCELLED_BY_REQUEST } from './decide-next';
import type { PermitDecision, PermitRequest, Permits } from './permits';

export class FreePermits implements Permits {
  readonly account = null;
  readonly stopsClock = false;
  readonly isGoverned = false;
  isOver = false;
  private readonly revocation = deferred();
  private isUsed = false;

  get revoked(): Promise<void> {
    return this.revocation.promise;
  }

  /** Nothing is in progress. */
  get isIdle(): boolean {
    return !this.isUsed;
  }

  acquire({ isInFlight }: PermitRequest): Promise<PermitDecision> {
    if (this.isOver && isInFlight !== true) return Promise.resolve({ go: false, end: CANCELLED_BY_REQUEST });
    this.isUsed = true;
    return Promise.resolve({ go: true, waitMs: 0, isProbe: false, retriedBy: 'server', ask: null });
  }

  release(): void {
    this.isUsed = false;
  }

  onQueued(): void {
    // Never queued: no request is made.
  }

  onAccepted(): void {
    // Nothing is counted.
  }

  onJobFound(): void {
    // Nothing is counted.
  }

  isKeyRefused(): boolean {
    return false;
  }

  releaseEarly(): void {
    // Nothing waits for it.
  }

  mayDuplicate(): boolean {
    return false;
  }

  stop(): void {
    this.isOver = true;
    this.revocation.resolve();
  }
}

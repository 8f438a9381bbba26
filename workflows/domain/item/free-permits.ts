/** Permits of an item that is not limited itself: its page holds the permit. */
import { deferred } from '../base/deferred';
import { CANCELLED_BY_REQUEST } from './decide-next';
import type { PermitDecision, PermitPolicy, PermitRequest, Permits } from './permits';

const POLICY: PermitPolicy = { account: null, stopsClock: false, isGoverned: false, retriedBy: 'server' };

export class FreePermits implements Permits {
  readonly policy = POLICY;
  readonly shared = null;
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
    return Promise.resolve({ go: true, waitMs: 0, isProbe: false, ask: null });
  }

  release(): void {
    this.isUsed = false;
  }

  stop(): void {
    this.isOver = true;
    this.revocation.resolve();
  }
}

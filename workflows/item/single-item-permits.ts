/** The permit of a single item: the activity requests it, and the governor grants it later if none was free. */
import { condition } from '@temporalio/workflow';
import { toSentence } from '../domain/base/cause';
import { deferred } from '../domain/base/deferred';
import type { HoldNotice } from '../domain/failures/hold-codes';
import { CANCELLED_BY_REQUEST, type ItemEnd } from '../domain/item/decide-next';
import type {
  CarriedPermits,
  PermitDecision,
  PermitPolicy,
  PermitRequest,
  Permits,
  PermitUse,
} from '../domain/item/permits';
import { isAccountRefusal } from '../domain/leases/feedback';
import { type AccountGrant, isProbeGrant } from '../domain/leases/governor-protocol';

/**
 * How long an item waits for a grant before it asks again, in ms; doubles up to the maximum, and is longer if the queue is
 * long. A governor that an operator has terminated sends no grant. Each request costs two workflow tasks: 50,000 waiting
 * items that ask every 15 minutes keep a worker busy, every hour they do not.
 */
const FIRST_PATIENCE_MS = 5 * 60_000;
const MAX_PATIENCE_MS = 60 * 60_000;

export class SingleItemPermits implements Permits {
  readonly policy: PermitPolicy;
  readonly shared = null;
  isOver = false;
  private readonly revocation = deferred();
  private grant: AccountGrant | null = null;
  /** Whether the item is in the governor's queue. */
  private isQueued: boolean;
  private patienceMs: number;
  /** Whether the item has its permit. */
  private isActive = false;

  constructor(
    private readonly account: string,
    private readonly waitWhileHeld: boolean,
    carried: CarriedPermits = { isQueued: false, patienceMs: FIRST_PATIENCE_MS },
  ) {
    // Account-wide refusals are waited out only on request.
    this.policy = { account, stopsClock: false, isGoverned: waitWhileHeld, retriedBy: 'server' };
    this.isQueued = carried.isQueued;
    this.patienceMs = carried.patienceMs;
  }

  get revoked(): Promise<void> {
    return this.revocation.promise;
  }

  /** Nothing is in progress, and no grant has arrived. */
  get isIdle(): boolean {
    return !this.isActive && this.grant === null;
  }

  get carried(): CarriedPermits {
    const { isQueued, patienceMs } = this;
    return { isQueued, patienceMs };
  }

  /** Stops submissions; what is in flight runs to its end. */
  stop(): void {
    this.isOver = true;
    this.revocation.resolve();
  }

  /** Handles a grant or a rejection; anything else means that the item still waits. */
  applyGrant(grant: AccountGrant): void {
    if (grant.permits > 0 || (grant.hold !== null && !this.waitWhileHeld)) this.grant = grant;
  }

  async acquire({ again, deadlineAt, isInFlight }: PermitRequest): Promise<PermitDecision> {
    const decision = this.isOver ? null : await this.waitForGrant(again, deadlineAt ?? Number.POSITIVE_INFINITY);
    if (decision !== null) return decision;
    // A job in flight is paid, so it is collected anyway.
    return isInFlight === true ? this.proceed(null, again) : { go: false, end: CANCELLED_BY_REQUEST };
  }

  /** Returns `null` if submissions stopped before the grant. */
  private async waitForGrant(again: boolean, deadlineAt: number): Promise<PermitDecision | null> {
    if (this.isQueued) {
      const patienceMs = Math.max(1, Math.min(this.patienceMs, deadlineAt - Date.now()));
      await condition(() => this.grant !== null || this.isOver, patienceMs, { summary: 'time without a permit' });
      if (this.isOver) return null;
      if (this.grant === null && Date.now() >= deadlineAt) return { go: false, end: OUT_OF_TIME };
      this.patienceMs = this.grant === null ? Math.min(MAX_PATIENCE_MS, this.patienceMs * 2) : FIRST_PATIENCE_MS;
    } else {
      // Grants from before the request are superseded by its answer.
      this.grant = null;
    }
    const { grant } = this;
    this.grant = null;
    if (grant !== null && grant.hold !== null) return { go: false, end: toEnd(grant.hold) };
    return this.proceed(grant, again);
  }

  /** Activities report to the governor themselves, which costs the workflow no history. */
  release(
    _permitRequest: PermitRequest,
    { billingOutcome, feedback, isInQueue = false, askAgainMs = 0 }: PermitUse,
  ): void {
    this.isActive = false;
    this.isQueued = isInQueue || isAccountRefusal(feedback);
    const patienceMs = billingOutcome === 'unsent' ? this.patienceMs : FIRST_PATIENCE_MS;
    this.patienceMs = Math.min(MAX_PATIENCE_MS, Math.max(patienceMs, askAgainMs));
  }

  private proceed(grant: AccountGrant | null, again: boolean): PermitDecision {
    const { account, waitWhileHeld } = this;
    this.isActive = true;
    const isProbe = grant !== null && isProbeGrant(grant);
    const ask = { account, isGranted: grant !== null, isProbe, waitWhileHeld, again };
    return { go: true, waitMs: 0, isProbe, ask };
  }
}

/** Nothing was in progress: the item waited for its permit. */
const OUT_OF_TIME: ItemEnd = {
  next: 'end',
  outcome: 'failed',
  code: 'DEADLINE_EXCEEDED',
  message: 'The deadline passed while the item waited for a permit.',
};

function toEnd({ code, since, cause, remedy }: HoldNotice): ItemEnd {
  const message = `The account has been held since ${since}. ${toSentence(cause ?? '')}${remedy}`;
  return { next: 'end', outcome: 'failed', code, message };
}

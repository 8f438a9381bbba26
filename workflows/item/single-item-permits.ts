/** The permit of a single image: the activity asks for it, and the governor calls if there was none. */
import { condition } from '@temporalio/workflow';
import { toSentence } from '../domain/base/cause';
import { deferred } from '../domain/base/deferred';
import type { HoldNotice } from '../domain/failures/hold-codes';
import { CANCELLED_BY_REQUEST, type ItemEnd } from '../domain/item/decide-next';
import type { CarriedPermits, PermitDecision, PermitRequest, Permits } from '../domain/item/permits';
import { isAccountRefusal, type ProviderFeedback } from '../domain/leases/feedback';
import type { AccountGrant } from '../domain/leases/governor-protocol';
import type { BillingOutcome } from '../domain/money/spending';

/**
 * How long an item waits for a grant before it asks again, in ms; doubles up to the maximum. A governor that an operator has
 * terminated sends no grant. Each ask costs two workflow tasks: 50,000 waiting items that ask every 15 minutes keep a worker
 * busy, every hour they do not.
 */
const FIRST_PATIENCE_MS = 5 * 60_000;
const MAX_PATIENCE_MS = 60 * 60_000;

export class SingleItemPermits implements Permits {
  readonly stopsClock = false;
  isOver = false;
  private readonly revocation = deferred();
  private grant: AccountGrant | null = null;
  /** The governor has been asked, and calls. */
  private isQueued: boolean;
  private patienceMs: number;
  /** The turn has come, and is not over yet. */
  private isActive = false;

  constructor(
    readonly account: string,
    private readonly waitWhileHeld: boolean,
    carried: CarriedPermits = { isQueued: false, patienceMs: FIRST_PATIENCE_MS },
  ) {
    this.isQueued = carried.isQueued;
    this.patienceMs = carried.patienceMs;
  }

  get revoked(): Promise<void> {
    return this.revocation.promise;
  }

  /** Nothing is under way, and the governor has not called. */
  get isIdle(): boolean {
    return !this.isActive && this.grant === null;
  }

  get carried(): CarriedPermits {
    const { isQueued, patienceMs } = this;
    return { isQueued, patienceMs };
  }

  /** Nothing further is submitted; what is in flight goes on to its end. */
  stop(): void {
    this.isOver = true;
    this.revocation.resolve();
  }

  /** What the account meets is waited out only by those who asked for it. */
  get isGoverned(): boolean {
    return this.waitWhileHeld;
  }

  /** To go, or to give up; anything else is only that it still waits. */
  applyGrant(grant: AccountGrant): void {
    if (grant.permits > 0 || (grant.hold !== null && !this.waitWhileHeld)) this.grant = grant;
  }

  async acquire({ again, deadlineAt, isInFlight }: PermitRequest): Promise<PermitDecision> {
    const decision = this.isOver ? null : await this.waitForGrant(again, deadlineAt ?? Number.POSITIVE_INFINITY);
    if (decision !== null) return decision;
    // A job in flight is paid, so it is collected all the same.
    return isInFlight === true ? this.proceed(null, again) : { go: false, end: CANCELLED_BY_REQUEST };
  }

  /** `null`: everything was stopped before the turn came. */
  private async waitForGrant(again: boolean, deadlineAt: number): Promise<PermitDecision | null> {
    if (this.isQueued) {
      const patienceMs = Math.max(1, Math.min(this.patienceMs, deadlineAt - Date.now()));
      await condition(() => this.grant !== null || this.isOver, patienceMs, { summary: 'patience without a permit' });
      if (this.isOver) return null;
      if (this.grant === null && Date.now() >= deadlineAt) return { go: false, end: OUT_OF_TIME };
      this.patienceMs = Math.min(MAX_PATIENCE_MS, this.patienceMs * 2);
    } else {
      // What was heard before it asked is answered by what it asks now.
      this.grant = null;
    }
    const { grant } = this;
    this.grant = null;
    if (grant !== null && grant.hold !== null) return { go: false, end: toEnd(grant.hold) };
    return this.proceed(grant, again);
  }

  releaseEarly(): void {
    // The activity that sees the job end gives the permit back.
  }

  mayDuplicate(): boolean {
    return false;
  }

  isKeyRefused(): boolean {
    // Of other images the governor knows.
    return false;
  }

  onJobFound(): void {
    // The activity that sees the job end tells that it was accepted.
  }

  onAccepted(): void {
    this.patienceMs = FIRST_PATIENCE_MS;
  }

  /** The activities tell the governor themselves, which costs the image no history. */
  release(_permitRequest: PermitRequest, billingOutcome: BillingOutcome, feedback: ProviderFeedback): void {
    this.isActive = false;
    this.isQueued = billingOutcome === 'unsent' || isAccountRefusal(feedback);
  }

  private proceed(grant: AccountGrant | null, again: boolean): PermitDecision {
    const { account, waitWhileHeld } = this;
    this.isActive = true;
    const isProbe = grant?.probe ?? false;
    const ask = {
      account,
      isGranted: grant !== null,
      isProbe,
      waitWhileHeld,
      ...(again ? { again: true as const } : {}),
    };
    return { go: true, waitMs: 0, isProbe, retriedBy: 'server', ask };
  }
}

/** Nothing is under way: it waited for its turn. */
const OUT_OF_TIME: ItemEnd = {
  next: 'end',
  outcome: 'failed',
  code: 'DEADLINE_EXCEEDED',
  message: 'The deadline passed while it waited for its turn.',
};

function toEnd({ code, since, cause, remedy }: HoldNotice): ItemEnd {
  const message = `The account has been held since ${since}. ${toSentence(cause ?? '')}${remedy}`;
  return { next: 'end', outcome: 'failed', code, message };
}

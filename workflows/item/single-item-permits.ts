/** The permit of a single image: the activity asks for it, and the governor calls if there was none. */
import { condition } from '@temporalio/workflow';
import { toSentence } from '../domain/base/cause';
import { deferred } from '../domain/base/deferred';
import type { HoldNotice } from '../domain/failures/hold-codes';
import { CANCELLED_BY_REQUEST, type ItemEnd } from '../domain/item/decide-next';
import type { CarriedTurn, Permits, Turn, Wish } from '../domain/item/permits';
import { isWall, type News } from '../domain/leases/feedback';
import type { Grant } from '../domain/leases/governor-protocol';
import type { Landing } from '../domain/money/spending';

/** A governor that was ended from outside does not call, so that it is asked again after this time, in ms. */
const FIRST_PATIENCE_MS = 60_000;
const LONGEST_PATIENCE_MS = 15 * 60_000;

export class ImageTurn implements Permits {
  readonly stopsClock = false;
  isOver = false;
  private readonly recall = deferred();
  private call: Grant | null = null;
  /** The governor has been asked, and calls. */
  private isQueued: boolean;
  private patienceMs: number;
  /** The turn has come, and is not over yet. */
  private isUsed = false;

  constructor(
    readonly account: string,
    private readonly waitWhileHeld: boolean,
    carried: CarriedTurn = { isQueued: false, patienceMs: FIRST_PATIENCE_MS },
  ) {
    this.isQueued = carried.isQueued;
    this.patienceMs = carried.patienceMs;
  }

  get recalled(): Promise<void> {
    return this.recall.promise;
  }

  /** Nothing is under way, and the governor has not called. */
  get isIdle(): boolean {
    return !this.isUsed && this.call === null;
  }

  get carried(): CarriedTurn {
    const { isQueued, patienceMs } = this;
    return { isQueued, patienceMs };
  }

  /** Nothing further is submitted; what is in flight goes on to its end. */
  stop(): void {
    this.isOver = true;
    this.recall.resolve();
  }

  /** What the account meets is waited out only by those who asked for it. */
  get isGoverned(): boolean {
    return this.waitWhileHeld;
  }

  /** To go, or to give up; anything else is only that it still waits. */
  hear(grant: Grant): void {
    if (grant.permits > 0 || (grant.hold !== null && !this.waitWhileHeld)) this.call = grant;
  }

  async acquire({ again, deadlineAt, isInFlight }: Wish): Promise<Turn> {
    const turn = this.isOver ? null : await this.called(again, deadlineAt ?? Number.POSITIVE_INFINITY);
    if (turn !== null) return turn;
    // A job in flight is paid, so it is collected all the same.
    return isInFlight === true ? this.go(null, again) : { go: false, end: CANCELLED_BY_REQUEST };
  }

  /** `null`: everything was stopped before the turn came. */
  private async called(again: boolean, deadlineAt: number): Promise<Turn | null> {
    if (this.isQueued) {
      const patienceMs = Math.max(1, Math.min(this.patienceMs, deadlineAt - Date.now()));
      await condition(() => this.call !== null || this.isOver, patienceMs, { summary: 'patience without a permit' });
      if (this.isOver) return null;
      if (this.call === null && Date.now() >= deadlineAt) return { go: false, end: OUT_OF_TIME };
      this.patienceMs = Math.min(LONGEST_PATIENCE_MS, this.patienceMs * 2);
    } else {
      // What was heard before it asked is answered by what it asks now.
      this.call = null;
    }
    const { call } = this;
    this.call = null;
    if (call !== null && call.hold !== null) return { go: false, end: endOf(call.hold) };
    return this.go(call, again);
  }

  vacate(): void {
    // The activity that sees the job end gives the permit back.
  }

  mayDuplicate(): boolean {
    return false;
  }

  isKeyRefused(): boolean {
    // Of other images the governor knows.
    return false;
  }

  found(): void {
    // The activity that sees the job end tells that it was accepted.
  }

  accepted(): void {
    this.patienceMs = FIRST_PATIENCE_MS;
  }

  /** The activities tell the governor themselves, which costs the image no history. */
  release(_wish: Wish, landing: Landing, news: News): void {
    this.isUsed = false;
    this.isQueued = landing === 'unsent' || isWall(news);
  }

  private go(call: Grant | null, again: boolean): Turn {
    const { account, waitWhileHeld } = this;
    this.isUsed = true;
    const isProbe = call?.probe ?? false;
    const ask = {
      account,
      isGranted: call !== null,
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

function endOf({ code, since, cause, remedy }: HoldNotice): ItemEnd {
  const message = `The account is held since ${since}. ${toSentence(cause ?? '')}${remedy}`;
  return { next: 'end', outcome: 'failed', code, message };
}

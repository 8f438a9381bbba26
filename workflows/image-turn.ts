/** The permit of a single image: the activity asks for it, and the governor calls if there was none. */
import { condition } from '@temporalio/workflow';
import type { Grant, HoldNotice } from './domain/account';
import { CANCELLED_BY_REQUEST, type ItemEnd, type Landing } from './domain/item-life';
import { isWall, type News } from './domain/news';
import type { Permits, Turn, Wish } from './permits';
import { unlessCancelled } from './unless-cancelled';

/** A governor that was ended from outside does not call, so that it is asked again after this time, in ms. */
const FIRST_PATIENCE_MS = 60_000;
const LONGEST_PATIENCE_MS = 15 * 60_000;

export class ImageTurn implements Permits {
  readonly recalled = null;
  readonly isOver = false;
  readonly stopsClock = false;
  private call: Grant | null = null;
  /** The governor has been asked, and calls. */
  private isQueued = false;
  private patienceMs = FIRST_PATIENCE_MS;

  constructor(
    readonly account: string,
    private readonly waitWhileHeld: boolean,
  ) {}

  /** What the account meets is waited out only by those who asked for it. */
  get isGoverned(): boolean {
    return this.waitWhileHeld;
  }

  /** To go, or to give up; anything else is only that it still waits. */
  hear(grant: Grant): void {
    if (grant.permits > 0 || (grant.hold !== null && !this.waitWhileHeld)) this.call = grant;
  }

  async acquire({ deadlineAt }: Wish): Promise<Turn> {
    const turn = await unlessCancelled(this.called(deadlineAt ?? Number.POSITIVE_INFINITY));
    return turn === 'cancelled' ? { go: false, end: CANCELLED_BY_REQUEST } : turn;
  }

  private async called(deadlineAt: number): Promise<Turn> {
    if (this.isQueued) {
      await condition(() => this.call !== null, Math.max(1, Math.min(this.patienceMs, deadlineAt - Date.now())));
      if (this.call === null && Date.now() >= deadlineAt) return { go: false, end: OUT_OF_TIME };
      this.patienceMs = Math.min(LONGEST_PATIENCE_MS, this.patienceMs * 2);
    } else {
      // What was heard before it asked is answered by what it asks now.
      this.call = null;
    }
    const { call } = this;
    this.call = null;
    if (call !== null && call.hold !== null) return { go: false, end: endOf(call.hold) };
    return this.go(call);
  }

  vacate(): void {
    // The activity that sees the job end gives the permit back.
  }

  mayDuplicate(): boolean {
    return false;
  }

  accepted(): void {
    this.patienceMs = FIRST_PATIENCE_MS;
  }

  /** The activities tell the governor themselves, which costs the image no history. */
  release(_wish: Wish, landing: Landing, news: News): void {
    this.isQueued = landing === 'unsent' || isWall(news);
  }

  private go(call: Grant | null): Turn {
    const { account, waitWhileHeld } = this;
    const isProbe = call?.probe ?? false;
    const ask = { account, isGranted: call !== null, isProbe, waitWhileHeld };
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

function endOf({ code, since, remedy }: HoldNotice): ItemEnd {
  return { next: 'end', outcome: 'failed', code, message: `The account is held since ${since}. ${remedy}` };
}

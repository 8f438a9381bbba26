/** Watches a batch until it has ended, and resolves holds as an operator does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type BatchStatus, hasEnded } from '../../client/batches/batch-status';
import { BatchNotFoundError } from '../../connection/errors';
import { isServerDown } from './patience';
import { payAndResume, type SeedContext } from './seed-context';

/** Interval of status reads while counts change, in ms; doubled while they do not. A read queries several workflows. */
const POLL_INTERVAL_MS = 2_000;
const MAX_LOOK_INTERVAL_MS = 8_000;
/** A hold that lasts this long after its cause was removed does not end; in ms. */
const HOLD_ENDS_WITHIN_MS = 60_000;

export class BatchWatch {
  readonly observed: BatchStatus[] = [];
  /** When the account was first resumed after a hold, by the hold's code and start. */
  private readonly resumedAt = new Map<string, number>();

  constructor(private readonly context: SeedContext) {}

  /** Whether the batch had ended at the last status read. */
  get isOver(): boolean {
    const last = this.observed.at(-1);
    return last !== undefined && hasEnded(last);
  }

  async untilEnded(endAt: number): Promise<void> {
    let everyMs = POLL_INTERVAL_MS;
    for (;;) {
      const before = this.observed.at(-1);
      const status = await this.look();
      if (status !== null && hasEnded(status)) return;
      everyMs = isStill(status, before) ? Math.min(MAX_LOOK_INTERVAL_MS, 2 * everyMs) : POLL_INTERVAL_MS;
      if (Date.now() + everyMs > endAt) return;
      await sleep(everyMs);
    }
  }

  /** Codes of holds that should have ended. */
  endedHolds(): readonly string[] {
    const hold = this.observed.at(-1)?.hold ?? null;
    if (hold === null || this.isOver) return [];
    const resumedAt = this.resumedAt.get(formatHold(hold)) ?? Number.POSITIVE_INFINITY;
    return Date.now() - resumedAt > HOLD_ENDS_WITHIN_MS ? [hold.code] : [];
  }

  private async look(): Promise<BatchStatus | null> {
    const status = await this.status();
    if (status === null) return null;
    this.observed.push(status);
    if (status.hold !== null && status.hold.code !== 'PROVIDER_UNREACHABLE') await this.operate(status.hold);
    return status;
  }

  /** Returns `null` while the server is down, or if the batch has not begun. */
  private async status(): Promise<BatchStatus | null> {
    try {
      return await this.context.client.batch(this.context.id).status();
    } catch (error) {
      if (error instanceof BatchNotFoundError || isServerDown(error)) return null;
      throw error;
    }
  }

  private async operate(hold: NonNullable<BatchStatus['hold']>): Promise<void> {
    try {
      await payAndResume(this.context);
      if (!this.resumedAt.has(formatHold(hold))) this.resumedAt.set(formatHold(hold), Date.now());
    } catch (error) {
      if (!isServerDown(error)) throw error;
    }
  }
}

function formatHold({ code, since }: NonNullable<BatchStatus['hold']>): string {
  return `${code} ${since}`;
}

/** Whether nothing changes although no hold is to be resolved. */
function isStill(status: BatchStatus | null, before: BatchStatus | undefined): boolean {
  return status !== null && status.hold === null && isDeepStrictEqual(status.counts, before?.counts);
}

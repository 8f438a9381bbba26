/**
 * What Temporal knows about the POST of an attempt. If the server gives up on an attempt without heartbeat details, nothing
 * was sent, so the attempt records its details before the POST begins.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { addCounts } from '../../workflows/domain/base/counts';
import { findErrorName } from '../../workflows/domain/base/errors';
import type { CodeCounts } from '../../workflows/domain/failures/failures';
import type { SubmitHeartbeat } from '../../workflows/domain/item/activity-contract';
import { withDeadline } from '../running/with-deadline';

/** Several heartbeats fit into the heartbeat timeout: giving up on a live worker would make its outcome unknown. */
export const HEARTBEAT_INTERVAL_MS = 3_000;
/**
 * Intervals without a heartbeat while an attempt prepares its POST. A heartbeat would be details too, and the server might
 * store it after the record of the POST.
 */
const SILENT_INTERVALS = 2;
/** Maximum time to record the POST, in ms. */
const RECORD_TIMEOUT_MS = 10_000;

/** Retryable under every policy. */
class PostNotRecorded extends Error {
  /** Failure type in Temporal. */
  override readonly name = 'POST_NOT_RECORDED';

  constructor(cause: string) {
    super(`Temporal did not record that the request is about to be sent (${cause}); nothing was sent.`);
  }
}

export class PostRecord {
  private readonly context = Context.current();
  private intervals = 0;
  /** Whether the server may have details of this attempt. */
  private isKnown = false;

  constructor(readonly details: SubmitHeartbeat) {}

  /** Called after each interval. Heartbeats, except in the first intervals before the POST. */
  heartbeat(): void {
    this.intervals += 1;
    if (!this.isKnown && this.intervals <= SILENT_INTERVALS) return;
    this.isKnown = true;
    this.context.heartbeat(this.details);
  }

  /**
   * Records that the POST is about to begin. The server has stored it when this returns.
   *
   * @throws PostNotRecorded, or AbortError if the attempt is cancelled
   */
  async save(): Promise<void> {
    const { client, info } = this.context;
    this.isKnown = true;
    try {
      const saving = client.activity.heartbeat(info.taskToken, this.details);
      await withDeadline('recording the request', RECORD_TIMEOUT_MS, saving);
    } catch (error) {
      const cause = findErrorName(error);
      if (cause === 'ActivityCancelledError') await this.untilCancelled();
      throw new PostNotRecorded(cause);
    }
  }

  /**
   * Records that nothing was accepted.
   *
   * @param refused refusals of this attempt by code. Default: nothing was sent
   */
  withdraw(refused: CodeCounts = {}): void {
    if (!this.isKnown) return;
    const refusals = addCounts(this.details.refusals, refused);
    this.context.heartbeat({ ...this.details, refusals, isUnsent: true } satisfies SubmitHeartbeat);
  }

  /** The worker learns of a cancellation by its own heartbeat only. */
  private async untilCancelled(): Promise<void> {
    this.context.heartbeat(this.details);
    await sleep(RECORD_TIMEOUT_MS, undefined, { signal: this.context.cancellationSignal });
  }
}

/** Whether this worker's submissions are answered. Others of the account learn of lost answers a moment later only. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SubmitVerdict } from '../imagepipeline/classify-submit';

/** So many lost in a row are no accident of one connection. */
const MAX_LOST_IN_A_ROW = 3;
/** By then the account is held, and what waits here is called back; in ms. */
const MAX_WAIT_MS = 3_000;
const POLL_INTERVAL_MS = 100;

export class AnswerWatch {
  private lost = 0;

  /** A refusal is an answer, but says nothing of the longer way of an accepted request. */
  record({ kind }: Pick<SubmitVerdict, 'kind'>): void {
    if (kind === 'unknown') this.lost += 1;
    if (kind === 'accepted') this.lost = 0;
  }

  /** Waits while answers are being lost, so that nothing more is paid before the account is held. Throws if it is. */
  async untilAnswered(signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; this.lost >= MAX_LOST_IN_A_ROW && waitedMs < MAX_WAIT_MS; waitedMs += POLL_INTERVAL_MS) {
      await sleep(POLL_INTERVAL_MS, undefined, { signal });
    }
  }
}

/**
 * Whether the provider answers this worker's submissions. The governor and other workers learn of lost answers a moment
 * later.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SubmitVerdict } from '../imagepipeline/classify-submit';

/** Lost answers in a row that are more than the accident of one connection. */
const MAX_LOST_IN_A_ROW = 3;
/** By then the governor holds the account and revokes what waits here; in ms. */
const MAX_WAIT_MS = 3_000;
const POLL_INTERVAL_MS = 100;

export class AnswerWatch {
  private lost = 0;

  /** A refusal counts as neither: it is an answer, but it does not show that accepted requests are answered. */
  record({ kind }: Pick<SubmitVerdict, 'kind'>): void {
    if (kind === 'unknown') this.lost += 1;
    if (kind === 'accepted') this.lost = 0;
  }

  /** Waits while answers are being lost, to pay nothing more before the account is held. Throws if `signal` aborts. */
  async untilAnswered(signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; this.lost >= MAX_LOST_IN_A_ROW && waitedMs < MAX_WAIT_MS; waitedMs += POLL_INTERVAL_MS) {
      await sleep(POLL_INTERVAL_MS, undefined, { signal });
    }
  }
}

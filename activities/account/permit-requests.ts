import type { AskAnswer, PermitAsk } from '../../workflows/domain/leases/governor-protocol';
import { withDeadline } from '../running/with-deadline';

/** Maximum requests in one update, which keeps its input and output far below Temporal's payload limit. */
const MAX_ASKS = 100;
/** Maximum concurrent updates per account and worker. Temporal allows ten per workflow across all workers. */
const MAX_UPDATES = 2;

/** Sends requests and returns their answers in the same order. */
export type SendAsks = (asks: readonly PermitAsk[]) => Promise<readonly AskAnswer[]>;

interface PendingAsk {
  readonly ask: PermitAsk;
  readonly send: SendAsks;
  resolve(answer: AskAnswer): void;
  reject(error: unknown): void;
}

/**
 * Combines permit requests of this worker's single items: requests that arrive while updates are in flight share the
 * next update. Without it, Temporal would reject most of several hundred items that start together, and they would
 * retry for minutes.
 */
export class PermitAsks {
  private readonly pending = new Map<string, PendingAsk[]>();
  private readonly updates = new Map<string, number>();

  /**
   * @param limitMs maximum time to wait for an answer, in ms; a request not sent by then is dropped
   * @throws DeadlinePassedError, or any error of `send`
   */
  async ask(account: string, ask: PermitAsk, limitMs: number, send: SendAsks): Promise<AskAnswer> {
    let entry: PendingAsk | null = null;
    const answer = new Promise<AskAnswer>((resolve, reject) => {
      entry = { ask, send, resolve, reject };
      this.pending.set(account, [...(this.pending.get(account) ?? []), entry]);
    });
    void this.sendAll(account);
    try {
      return await withDeadline('asking for a permit', limitMs, answer);
    } finally {
      this.keep(account, (other) => other !== entry);
    }
  }

  private async sendAll(account: string): Promise<void> {
    const running = this.updates.get(account) ?? 0;
    if (running >= MAX_UPDATES) return;
    this.updates.set(account, running + 1);
    for (let asks = this.take(account); asks.length > 0; asks = this.take(account)) await sendTogether(asks);
    this.updates.set(account, (this.updates.get(account) ?? 1) - 1);
  }

  private take(account: string): readonly PendingAsk[] {
    const asks = (this.pending.get(account) ?? []).slice(0, MAX_ASKS);
    this.keep(account, (other) => !asks.includes(other));
    return asks;
  }

  private keep(account: string, isKept: (ask: PendingAsk) => boolean): void {
    const kept = (this.pending.get(account) ?? []).filter(isKept);
    if (kept.length === 0) this.pending.delete(account);
    else this.pending.set(account, kept);
  }
}

/** Never throws: errors reject the waiting requests. */
async function sendTogether(asks: readonly PendingAsk[]): Promise<void> {
  const [first] = asks;
  if (first === undefined) return;
  try {
    const answers = await first.send(asks.map(({ ask }) => ask));
    asks.forEach(({ resolve, reject }, index) => {
      const answer = answers[index];
      if (answer === undefined) reject(new Error('the governor left out an answer'));
      else resolve(answer);
    });
  } catch (error) {
    for (const { reject } of asks) reject(error);
  }
}

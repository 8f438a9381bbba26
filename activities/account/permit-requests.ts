import type { AskAnswer, PermitAsk } from '../../workflows/domain/leases/governor-protocol';
import { withDeadline } from '../running/with-deadline';

/** Asks in one update: its input and its answers stay far below what Temporal takes. */
const MAX_ASKS = 100;
/** Updates of one account on their way. Temporal takes ten of a workflow, from all workers together. */
const MAX_UPDATES = 2;

/** Sends asks, and gives their answers in the same order. */
export type SendAsks = (asks: readonly PermitAsk[]) => Promise<readonly AskAnswer[]>;

interface PendingAsk {
  readonly ask: PermitAsk;
  readonly send: SendAsks;
  resolve(answer: AskAnswer): void;
  reject(error: unknown): void;
}

/**
 * Gathers what single images of this worker ask the governor of an account: what comes while others are on their way goes
 * together. Hundreds of images that begin at once would else be refused by Temporal, and try again for minutes.
 */
export class PermitAsks {
  private readonly pending = new Map<string, PendingAsk[]>();
  private readonly updates = new Map<string, number>();

  /**
   * @param limitMs how long an answer is waited for; an ask that has not been sent by then is not sent
   * @throws DeadlinePassedError, or what `send` throws
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

/** Never throws: those who asked hear of it. */
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

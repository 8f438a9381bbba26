/** A batch of the same account that cannot begin, because its rows are in another store than the workers'. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelEvidence, StuckEvidence } from './evidence';
import { untilAnswered, withinTime } from './patience';
import type { SeedContext } from './seed-context';
import { writeRows } from './starters';

const POLL_MS = 500;
/** Time in ms after which it has its permits, if it gets any. */
const SETTLES_WITHIN_MS = 4_000;
/** Time limit of a cancellation, in ms. */
const CANCEL_PATIENCE_MS = 90_000;

export class StuckBatch {
  private exit: number | null = null;

  constructor(private readonly context: SeedContext) {}

  get id(): string {
    return `${this.context.plan.seed}-stuck`;
  }

  /** Resolves when it has its permits, if it gets any. */
  async start(): Promise<void> {
    const { stack, account, client } = this.context;
    const forced = (await stack.knows('batch', '--skip-store-check')) ? ['--skip-store-check'] : [];
    const args = ['batch', ...writeRows(this.context, 'own'), '--id', this.id, '--detach', ...forced];
    this.exit = (await stack.commandInside(args, { account, store: stack.otherStore })).exit;
    const endAt = Date.now() + SETTLES_WITHIN_MS;
    const isThere = async () => (await client.account().status()).holders.some(({ permits }) => permits > 0);
    while (this.exit === 0 && Date.now() < endAt && !(await isThere())) await sleep(POLL_MS);
  }

  async evidence(): Promise<StuckEvidence> {
    return { exit: this.exit, wasThere: this.exit === 0 && (await this.isRunning()) };
  }

  /** Cancels it, as an operator does. */
  async cancel(): Promise<readonly CancelEvidence[]> {
    if (this.exit !== 0 || !(await this.isRunning())) return [];
    const since = Date.now();
    const endAt = since + CANCEL_PATIENCE_MS;
    const cancelled = this.context.client.batch(this.id).cancel();
    await withinTime(
      endAt,
      untilAnswered({ endAt }, () => cancelled),
    );
    while (Date.now() < endAt && (await this.isRunning())) await sleep(POLL_MS);
    const ms = (await this.isRunning()) ? null : Date.now() - since;
    return [{ what: `the batch ${this.id} that cannot begin`, ms }];
  }

  private async isRunning(): Promise<boolean> {
    const { status } = await this.context.client.temporal.workflow.getHandle(this.id).describe();
    return status.name === 'RUNNING';
  }
}

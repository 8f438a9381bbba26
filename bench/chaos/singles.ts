/** Starts the single items of a seed, and follows each to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ItemHandle } from '../../client';
import type { ItemReport, Outcome } from '../../workflows/domain/item/item';
import { readBatch } from './collect';
import { type CancelEvidence, formatKey, formatSinglePrompt, type SingleEvidence, toSingleKey } from './evidence';
import { isServerDown, type Limit, untilAnswered, withinLimit } from './patience';
import type { PlannedSingle } from './plan-singles';
import { resetWorkflow } from './reset';
import { payAndResume, type SeedContext } from './seed-context';
import type { SingleRequest } from './seed-inputs';

const POLL_MS = 50;
const OPERATE_EVERY_MS = 2_000;
/** Time limit of one start, in ms. */
const START_PATIENCE_MS = 60_000;

/** Type of the results of rows that can be an input. */
const UPLOADED_TYPE = 'image/png';

/** Outcomes that `generate --again` reruns by default, without a second payment. */
const RUN_AGAIN: readonly Outcome[] = ['failed', 'cancelled'];
/** Flag that allows a second payment. Releases without it always pay an unknown item again. */
const RISKING = '--allow-unknown';

interface SingleTerms {
  readonly id: string;
  readonly waits: boolean;
  /** Default: a picture of its prompt. */
  readonly asked?: SingleRequest;
}

/** Its last report; `null` if it has none before the limit. */
export async function runSingle(
  { client, plan, inputs }: SeedContext,
  { id, waits, asked = inputs.requestOf(NO_SINGLE, { id }) }: SingleTerms,
  limit: Limit,
  again = false,
): Promise<ItemReport | null> {
  const starting = { endAt: Math.min(limit.endAt, Date.now() + START_PATIENCE_MS) };
  const handle = await untilAnswered(starting, () =>
    client.startItem({
      ...asked,
      id,
      jobTimeBudgetMs: plan.jobTimeoutMs,
      waitWhileHeld: waits,
      again,
    }),
  );
  return handle === null ? null : awaitReport(handle, limit);
}

function awaitReport(handle: ItemHandle, limit: Limit): Promise<ItemReport | null> {
  return withinLimit(
    limit,
    untilAnswered(limit, () => handle.report()),
  );
}

/** Index of an item that no plan has. */
const NO_SINGLE = -1;

export class Singles {
  readonly cancels: CancelEvidence[] = [];
  /** SHA-256 of the pictures of their requests, in order, by key. */
  readonly contents = new Map<string, readonly string[]>();
  private readonly lives: readonly Life[];
  /** Starts the items that follow the start of the batch. */
  private isAfter = false;

  constructor(
    private readonly context: SeedContext,
    /** Sets the limit; items that have not ended by then are judged as they are. */
    readonly limit: Limit,
  ) {
    const { singles } = context.plan;
    this.lives = singles.map((planned, index) => ({ planned, index, reports: [], isOpen: true, refused: null }));
  }

  /** Evidence of all single items so far. */
  evidence(): readonly SingleEvidence[] {
    return this.lives;
  }

  /** Resolves when all have ended, or at the limit. */
  async run(): Promise<void> {
    await Promise.all(this.lives.map((life) => this.live(life)));
  }

  startThoseAfter(): void {
    this.isAfter = true;
  }

  get areOver(): boolean {
    return this.lives.every(({ isOpen }) => !isOpen);
  }

  /** Resolves holds if there is no batch that reports them. */
  async operateUntilOver(): Promise<void> {
    while (!this.areOver && Date.now() < this.limit.endAt) {
      await sleep(OPERATE_EVERY_MS);
      try {
        const { hold } = await this.context.client.account().status();
        if (hold !== null && hold.code !== 'PROVIDER_UNREACHABLE') await payAndResume(this.context);
      } catch (error) {
        if (!isServerDown(error)) throw error;
      }
    }
  }

  private async live(life: Life): Promise<void> {
    const { planned, reports } = life;
    await this.untilItsTime(planned);
    try {
      const asked = await this.ask(life);
      const report = await this.firstRun(planned, asked);
      if (report === null) return;
      reports.push(report);
      if (planned.fate === 'reset') await this.again(life, () => this.resetAndReport(planned));
      const { outcome } = reports.at(-1) ?? report;
      if (planned.isRunAgain && (await this.runAgain()).includes(outcome)) {
        await this.again(life, () => runSingle(this.context, { ...planned, asked }, this.limit, true));
      }
      life.isOpen = reports.length === 0 || life.isStuck === true;
    } catch (error) {
      life.refused = String(error);
      life.isOpen = false;
    }
  }

  private async runAgain(): Promise<readonly Outcome[]> {
    return (await this.context.stack.knows('generate', RISKING)) ? [...RUN_AGAIN, 'unknown'] : RUN_AGAIN;
  }

  /** The request of an item, with the result of a row of the batch if it is planned and there is one. */
  private async ask({ planned, index }: Life): Promise<SingleRequest> {
    const { plan, inputs, id } = this.context;
    const asked = inputs.requestOf(index, planned);
    const contents = inputs.contentsOfSingle(index);
    const item = plan.inputs.singles[index]?.resultOf ?? null;
    const row = item === null ? null : await this.findPicture(formatKey(plan, item));
    this.contents.set(toSingleKey(planned), row === null ? contents : [row.sha256, ...contents.slice(1)]);
    if (row === null) return asked;
    const named = `batch:${id}/${row.key}`;
    const replace = (value: unknown) => (Array.isArray(value) ? [named, ...value.slice(1)] : named);
    return { ...asked, request: { ...asked.request, input_image: replace(asked.request['input_image']) } };
  }

  private async findPicture(key: string): Promise<{ key: string; sha256: string } | null> {
    const { lines } = await readBatch(this.context);
    const row = lines.find((line) => line.key === key);
    if (row?.outcome !== 'succeeded' || row.sha256 === null) return null;
    return row.mimeType === UPLOADED_TYPE ? { key, sha256: row.sha256 } : null;
  }

  private async firstRun(planned: PlannedSingle, asked: SingleRequest): Promise<ItemReport | null> {
    const run = runSingle(this.context, { ...planned, asked }, this.limit);
    if (planned.fate === 'cancelled') void this.cancel(planned, run);
    return run;
  }

  private async again(life: Life, run: () => Promise<ItemReport | null>): Promise<void> {
    const report = await run();
    if (report === null) life.isStuck = true;
    else life.reports.push(report);
  }

  private async resetAndReport({ id }: PlannedSingle): Promise<ItemReport | null> {
    const { client } = this.context;
    await untilAnswered(this.limit, () => resetWorkflow(client.temporal, id));
    return awaitReport(client.item(id), this.limit);
  }

  /** Waits until its job was accepted. */
  private async cancel(planned: PlannedSingle, run: Promise<unknown>): Promise<void> {
    const prompt = formatSinglePrompt(planned);
    const isAccepted = () => this.context.emulator.ledger().posts.some((post) => post.prompt === prompt && post.jobId);
    let hasEnded = false;
    void run.then(
      () => (hasEnded = true),
      () => (hasEnded = true),
    );
    while (!isAccepted() && !hasEnded && Date.now() < this.limit.endAt) await sleep(POLL_MS);
    if (hasEnded) return;
    const since = Date.now();
    await untilAnswered(this.limit, () => this.context.client.item(planned.id).cancel());
    const report = await run.catch(() => null);
    this.cancels.push({ what: `the single item ${planned.id}`, ms: report === null ? null : Date.now() - since });
  }

  private async untilItsTime({ when, accepted }: PlannedSingle): Promise<void> {
    if (when === 'before') return;
    const isTime = () => this.isAfter || (when === 'during' && this.context.emulator.ledger().accepted >= accepted);
    while (!isTime() && Date.now() < this.limit.endAt) await sleep(POLL_MS);
  }
}

interface Life {
  readonly planned: PlannedSingle;
  readonly index: number;
  readonly reports: ItemReport[];
  isOpen: boolean;
  refused: string | null;
  /** Whether a later run has not ended. */
  isStuck?: boolean;
}

/** Runs one seed: its emulator, batch, single items and blows; collects the evidence. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchNotFoundError, BatchRefusedError } from '../../connection/errors';
import { type Emulator, startEmulator } from '../../emulator';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { STRIKE } from './blows';
import { collect, readBatch } from './collect';
import {
  type CancelEvidence,
  type Evidence,
  everyLine,
  formatPromptEnd,
  type SingleHoldEvidence,
  toSingleKey,
} from './evidence';
import { filesLeft } from './left-behind';
import { openPages } from './open-pages';
import { untilAnswered } from './patience';
import type { Plan } from './plan';
import { type Blow, isForOperators } from './plan-blows';
import type { PlannedRecipe } from './plan-recipe';
import type { Step } from './plan-steps';
import { isReached, prepare, REGULAR_UPLOAD } from './points';
import { listMade } from './recipe-steps';
import { terminateAll } from './reset';
import type { SeedContext } from './seed-context';
import { SeedInputs } from './seed-inputs';
import { Singles } from './singles';
import type { Stack } from './stack';
import { SLOW_START, Starters } from './starters';
import { STEP } from './steps';
import { StuckBatch } from './stuck-batch';
import { getAction } from './troubles';
import { getUploadAction } from './upload-troubles';
import { BatchWatch } from './watch-batch';

/** Time limit of a batch for each step of its items, in ms; one that has not ended is judged as it is. */
const PATIENCE_MS = 150_000;
/** The same after each step of a user, in ms. */
const STEP_PATIENCE_MS = 90_000;
/** Time limit of single items after everything else, in ms; open ones are judged as they are. */
const SINGLES_PATIENCE_MS = 60_000;
/** Redrives without a selection. */
const BY_DEFAULTS: readonly Step[] = ['redrive', 'redrive in a process'];
/** Time limit of pages that collect the jobs of an ended batch, in ms. */
const PAGES_PATIENCE_MS = 60_000;
const POINT_EVERY_MS = 20;
/** Paths of outcomes, for a slow store. */
const OUTCOMES = '/outcomes/';

export async function runSeed(plan: Plan, stack: Stack): Promise<Evidence> {
  for (const name of usedBy(plan)) stack.used.add(name);
  const inputs = await SeedInputs.draw(plan, stack.folder);
  const emulator = await emulatorFor(plan, stack, inputs);
  const { batch, account } = plan.names;
  const client = await stack.connect(account);
  try {
    return await new SeedRun({ plan, stack, emulator, inputs, client, id: batch, account }).run();
  } finally {
    await terminateAll(client.temporal);
    await client.close();
    await emulator.close();
    await inputs.remove();
    stack.setSlow(null);
  }
}

/** Names that no other seed of the same stack uses. */
export function usedBy({ names, singles }: Plan): readonly string[] {
  return [names.batch, `account ${names.account}`, ...singles.map(({ id }) => id)];
}

async function emulatorFor(plan: Plan, { ports, apiKey }: Stack, inputs: SeedInputs): Promise<Emulator> {
  const { seed, jobMs, maxConcurrentJobs, submitsPerSecond, credits, skewMs, troubles, blows, singles } = plan;
  const emulator = await startEmulator({
    port: ports.emulator,
    apiKeys: [apiKey],
    seed,
    jobTime: { medianMs: jobMs, sigma: 0.4 },
    maxConcurrentJobs,
    submitsPerSecond,
    credits,
    clock: { now: () => Date.now() + skewMs },
    ...(plan.recipe === null ? {} : { resultTtlMs: plan.recipe.resultTtlMs }),
  });
  for (const blow of blows) prepare({ plan, emulator, inputs, blow });
  for (const { item, trouble, times } of troubles) {
    emulator.script({ match: inputs.matchOf(item), times, then: getAction(trouble) });
  }
  for (const single of singles) {
    if (single.trouble === null) continue;
    const match = { promptIncludes: formatPromptEnd(toSingleKey(single)) };
    emulator.script({ match, times: single.times, then: getAction(single.trouble) });
  }
  for (const { picture, trouble, times } of plan.inputs.troubles) {
    const match = { promptIncludes: inputs.pictures[picture]?.sha256 ?? '' };
    emulator.script({ match, times, then: getUploadAction(trouble) });
  }
  if (plan.recipe !== null) scriptRecipe(emulator, plan.recipe, inputs);
  return emulator;
}

function scriptRecipe(emulator: Emulator, { failures, uploadTroubles }: PlannedRecipe, inputs: SeedInputs): void {
  for (const { item, step, times } of failures) {
    emulator.script({ match: inputs.matchOf(item, step), times, then: { failJob: 'MODEL_ERROR' } });
  }
  for (const { after, trouble } of uploadTroubles) {
    if (after > 0) emulator.script({ times: after, then: REGULAR_UPLOAD });
    emulator.script({ times: 1, then: getUploadAction(trouble) });
  }
}

class SeedRun {
  private readonly struck: Blow[] = [];
  private readonly taken: Step[] = [];
  private readonly accountRefusals: SingleHoldEvidence[] = [];
  private readonly refusedRedrives: string[] = [];
  private readonly allowedAgain = new Map<string, number>();
  private readonly allowedPayments = new Map<string, number>();
  private readonly settled = new Set<string>();
  private readonly named = new Map<string, Set<string>>();
  private readonly endAt: number;
  /** Number of steps of an item. */
  private readonly length: number;
  private readonly watch: BatchWatch;
  private readonly starters: Starters;
  private readonly singles: Singles;
  private readonly stuck: StuckBatch | null;
  private readonly batchCancels: CancelEvidence[] = [];
  private cancelledAt: number | null = null;
  private redrivenAt: number | null = null;

  constructor(private readonly context: SeedContext) {
    const { plan } = context;
    this.length = plan.recipe?.steps.length ?? 1;
    this.endAt = Date.now() + PATIENCE_MS * this.length;
    this.watch = new BatchWatch(context);
    this.starters = new Starters(context, () => this.watch.isOver || Date.now() > this.endAt, this.endAt);
    this.singles = new Singles(context, { endAt: Number.POSITIVE_INFINITY });
    this.stuck = plan.scene === 'cannot begin' ? new StuckBatch(context) : null;
  }

  async run(): Promise<Evidence> {
    const { stack } = this.context;
    const filesBefore = new Set(filesLeft(stack.temporaryFolders, stack.storeFolder.path));
    const logsBefore = new Map(stack.logs.map(({ speaker }) => [speaker, speaker.log().length]));
    this.slowDown();
    await this.stuck?.start();
    const singles = this.singles.run();
    await Promise.all([this.starters.run(), this.untilBatchEnded(), this.strike()]);
    await this.takeSteps();
    this.singles.startThoseAfter();
    this.singles.limit.endAt = Date.now() + SINGLES_PATIENCE_MS;
    await Promise.all([singles, this.singles.operateUntilOver()]);
    const { parts } = await readBatch(this.context);
    const pages = this.watch.isOver ? await openPages(this.context, parts, Date.now() + PAGES_PATIENCE_MS) : [];
    const stuck = (await this.stuck?.evidence()) ?? null;
    const cancels = [...this.singles.cancels, ...this.batchCancels, ...((await this.stuck?.cancel()) ?? [])];
    await this.noteNames();
    const deaths = await stack.tidy();
    const {
      struck,
      taken,
      accountRefusals,
      refusedRedrives,
      redrivenAt,
      allowedAgain,
      allowedPayments,
      named,
      settled,
    } = this;
    return collect(this.context, {
      isOver: this.watch.isOver && this.singles.areOver,
      observed: this.watch.observed,
      ended: this.watch.endedHolds(),
      starts: this.starters.starts,
      singles: this.singles.evidence(),
      contents: this.singles.contents,
      ...{
        struck,
        taken,
        accountRefusals,
        refusedRedrives,
        redrivenAt,
        openPages: pages,
        allowedAgain,
        allowedPayments,
        settled,
        named,
        stuck,
        cancels,
        deaths,
        logsBefore,
        filesBefore,
      },
    });
  }

  private slowDown(): void {
    const { plan, stack } = this.context;
    if (plan.scene === 'two starters') stack.setSlow(SLOW_START);
    else if (plan.slowStoreMs > 0)
      stack.setSlow({ leastMs: plan.slowStoreMs / 4, mostMs: plan.slowStoreMs, pattern: OUTCOMES });
  }

  private async untilBatchEnded(): Promise<void> {
    await this.watch.untilEnded(this.endAt);
    const { cancelledAt } = this;
    if (cancelledAt === null) return;
    this.batchCancels.push({ what: 'the batch', ms: this.watch.isOver ? Date.now() - cancelledAt : null });
  }

  private async strike(): Promise<void> {
    const { plan, stack, emulator, inputs, id } = this.context;
    const outcomes = path.join(stack.storeFolder.path, 'batches', id, 'outcomes');
    const isOver = () => this.watch.isOver || Date.now() > this.endAt;
    for (const blow of plan.blows) {
      while (!isOver() && !isReached({ plan, emulator, inputs, blow, outcomes })) await sleep(POINT_EVERY_MS);
      if (isOver()) return;
      this.struck.push(blow.blow);
      const { command } = this.starters;
      const cancelBatch = () => this.cancelBatch();
      const pauseBatch = (isPaused: boolean) => this.pauseBatch(isPaused);
      await STRIKE[blow.blow]({ stack, emulator, batchId: id, command, ms: blow.ms, cancelBatch, pauseBatch });
    }
  }

  private cancelBatch(): void {
    this.cancelledAt ??= Date.now();
    const { client, id } = this.context;
    // An ended batch refuses, which is an end, too.
    void untilAnswered({ endAt: this.endAt }, () => client.batch(id).cancel()).catch(() => null);
  }

  /** An ended batch refuses. */
  private async pauseBatch(isPaused: boolean): Promise<void> {
    const batch = this.context.client.batch(this.context.id);
    const change = () => (isPaused ? batch.pause() : batch.resume());
    try {
      await untilAnswered({ endAt: this.endAt }, change);
    } catch (error) {
      if (!(error instanceof BatchRefusedError || error instanceof BatchNotFoundError)) throw error;
    }
  }

  private async takeSteps(): Promise<void> {
    const { context, accountRefusals, refusedRedrives: refused, allowedAgain, allowedPayments } = this;
    for (const step of context.plan.steps) {
      if (!this.watch.isOver) return;
      const lines = await this.noteNames();
      this.taken.push(step);
      const since = Date.now();
      const refusedBefore = refused.length;
      await STEP[step]({
        context,
        lines,
        accountRefusals,
        refused,
        allowedAgain,
        allowedPayments,
        mayHang: this.struck.some(isForOperators),
      });
      await this.watch.untilEnded(Date.now() + STEP_PATIENCE_MS * this.length);
      const isRedriven = BY_DEFAULTS.includes(step) && refused.length === refusedBefore;
      if (isRedriven && this.watch.isOver) this.redrivenAt = since;
    }
  }

  /** Records every job that a report names, and the outcomes of the batch's items. */
  private async noteNames(): Promise<readonly ItemResultRow[]> {
    const { lines } = await readBatch(this.context);
    for (const line of lines) for (const { jobId } of listMade(line)) if (jobId !== null) this.settled.add(jobId);
    for (const { key, jobId, submissions } of everyLine({ lines, singles: this.singles.evidence() })) {
      const known = this.named.get(key) ?? new Set();
      for (const id of [jobId, ...submissions.map((submission) => submission.jobId)]) if (id !== null) known.add(id);
      this.named.set(key, known);
    }
    return lines;
  }
}

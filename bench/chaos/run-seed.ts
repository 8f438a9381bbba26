/** One seed: its emulator, its batch, its blows, and the evidence of it all. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { AccountHandle } from '../../client/account-handle';
import type { BatchStatus } from '../../client/batch-status';
import { BatchNotFoundError } from '../../client/errors';
import { type Emulator, startEmulator } from '../../emulator';
import { TASK_QUEUE } from '../../workflows/messages';
import { STRIKE } from './blows';
import type { Child } from './children';
import { collect } from './collect';
import { type Evidence, keyOf, promptOf } from './evidence';
import { filesLeft } from './left-behind';
import type { Blow, Plan } from './plan';
import { isReached, prepare } from './points';
import type { Stack } from './stack';
import { actionOf } from './troubles';

/** A run that has not ended by then is judged as it is. */
const PATIENCE_MS = 150_000;
/** Between two looks while counts move. A look is a query of several workflows: when nothing moves it is doubled. */
const LOOK_EVERY_MS = 2_000;
const LONGEST_LOOK_EVERY_MS = 8_000;
/** A hold that lasts so long after somebody has said that its reason is gone, does not end. */
const HOLD_ENDS_WITHIN_MS = 60_000;
const POINT_EVERY_MS = 20;
const COMMAND_AGAIN_MS = 1_500;

/** A lost answer's callback is waited for as long as a job may take, and callbacks are lost here on purpose. */
const PATIENCE = ['--job-timeout', '10s'];

export async function runSeed(plan: Plan, stack: Stack): Promise<Evidence> {
  const emulator = await emulatorFor(plan, stack);
  try {
    return await new SeedRun(plan, stack, emulator).run();
  } finally {
    await emulator.close();
  }
}

/** A batch's id, and the account that it has for itself. */
export function batchIdOf({ seed }: Plan): string {
  return `s${seed}`;
}

async function emulatorFor(plan: Plan, { ports, apiKey }: Stack): Promise<Emulator> {
  const { seed, jobMs, maxConcurrentJobs, submitsPerSecond, credits, skewMs, troubles, blows } = plan;
  const emulator = await startEmulator({
    port: ports.emulator,
    apiKeys: [apiKey],
    seed,
    jobTime: { medianMs: jobMs, sigma: 0.4 },
    maxConcurrentJobs,
    submitsPerSecond,
    credits,
    clock: { now: () => Date.now() + skewMs },
  });
  for (const blow of blows) prepare({ emulator, blow });
  for (const { item, trouble, times } of troubles) {
    emulator.script({ match: { promptIncludes: promptOf(item) }, times, then: actionOf(trouble) });
  }
  return emulator;
}

class SeedRun {
  private readonly observed: BatchStatus[] = [];
  private readonly struck: Blow[] = [];
  /** When somebody first said that the reason of a hold is gone, by its code and beginning. */
  private readonly resumedAt = new Map<string, number>();
  private readonly endAt = Date.now() + PATIENCE_MS;
  private readonly id: string;
  private command: Child | null = null;
  private isOver = false;

  constructor(
    private readonly plan: Plan,
    private readonly stack: Stack,
    private readonly emulator: Emulator,
  ) {
    this.id = batchIdOf(plan);
  }

  async run(): Promise<Evidence> {
    const { plan, stack, emulator, id, observed, struck } = this;
    const filesBefore = new Set(filesLeft(stack.temporaryFolders, stack.store));
    const logsBefore = new Map(stack.logs.map(({ speaker }) => [speaker, speaker.log().length]));
    writeRows(plan, this.file);
    await Promise.all([this.follow(), this.look(), this.strike()]);
    const deaths = await stack.tidy();
    const ended = this.endedHolds();
    return collect({ plan, stack, emulator, id, observed, struck, ended, deaths, logsBefore, filesBefore });
  }

  private endedHolds(): readonly string[] {
    const hold = this.observed.at(-1)?.hold ?? null;
    if (hold === null) return [];
    const resumedAt = this.resumedAt.get(`${hold.code} ${hold.since}`) ?? Number.POSITIVE_INFINITY;
    return Date.now() - resumedAt > HOLD_ENDS_WITHIN_MS ? [hold.code] : [];
  }

  private get file(): string {
    return path.join(this.stack.folder, `${this.id}.csv`);
  }

  /** As a user does who starts the same command again whenever it was killed, or sent away with work to do. */
  private async follow(): Promise<void> {
    const { concurrency, isFollowed } = this.plan;
    const bound = concurrency === null ? [] : ['--concurrency', String(concurrency)];
    const args = ['batch', this.file, '--id', this.id, ...PATIENCE, ...bound];
    while (!this.isOver) {
      if (isFollowed) await this.followed(args);
      else if ((await this.stack.commandInside([...args, '--detach'], this.id)) === 0) return;
      if (!this.isOver) await pause(COMMAND_AGAIN_MS);
    }
  }

  private async followed(args: readonly string[]): Promise<void> {
    this.command = this.stack.command([...args, '--json'], this.id);
    const late = pause(this.endAt - Date.now(), 'late' as const, { ref: false });
    if ((await Promise.race([this.command.ended, late])) === 'late') this.command.send('SIGTERM');
    await this.command.ended;
  }

  private async look(): Promise<void> {
    let everyMs = LOOK_EVERY_MS;
    while (!this.isOver) {
      const before = this.observed.at(-1);
      const status = await this.status();
      if (status !== null) this.observed.push(status);
      if (status !== null) await this.operate(status);
      everyMs = isStill(status, before) ? Math.min(LONGEST_LOOK_EVERY_MS, 2 * everyMs) : LOOK_EVERY_MS;
      if (status?.finishedAt || Date.now() > this.endAt) this.isOver = true;
      else await pause(everyMs);
    }
  }

  /** `null` while the server is down, or the batch has not begun. */
  private async status(): Promise<BatchStatus | null> {
    try {
      return await this.stack.client.batch(this.id).status();
    } catch (error) {
      if (error instanceof BatchNotFoundError || isServerDown(error)) return null;
      throw error;
    }
  }

  /** What a person does whose account is held: pays, and says so. */
  private async operate({ hold }: BatchStatus): Promise<void> {
    if (hold === null || hold.code === 'PROVIDER_UNREACHABLE') return;
    if (this.plan.credits !== null) this.emulator.setLimits({ credits: null });
    try {
      const known = `${hold.code} ${hold.since}`;
      if (!this.resumedAt.has(known)) this.resumedAt.set(known, Date.now());
      await new AccountHandle(this.stack.client.temporal, this.id, TASK_QUEUE).resume();
    } catch (error) {
      if (!isServerDown(error)) throw error;
    }
  }

  private async strike(): Promise<void> {
    const { stack, emulator } = this;
    const outcomes = path.join(stack.store, 'batches', this.id, 'outcomes');
    for (const blow of this.plan.blows) {
      while (!this.isOver && !isReached({ emulator, blow, outcomes })) await pause(POINT_EVERY_MS);
      if (this.isOver) return;
      this.struck.push(blow.blow);
      await STRIKE[blow.blow]({ stack, command: this.command });
    }
  }
}

/** Nothing moves, and nobody waits for somebody to pay. */
function isStill(status: BatchStatus | null, before: BatchStatus | undefined): boolean {
  return status !== null && status.hold === null && isDeepStrictEqual(status.counts, before?.counts);
}

/** Calls that fail since there is no server, or since it has not caught up yet. */
function isServerDown(error: unknown): boolean {
  const text = String(error instanceof Error ? `${error.name} ${error.message} ${String(error.cause)}` : error);
  return /UNAVAILABLE|DEADLINE_EXCEEDED|CANCELLED|ECONNREFUSED|Service|Query|Timeout|timed out/i.test(text);
}

function writeRows({ items }: Plan, file: string): void {
  const rows = Array.from({ length: items }, (_, item) => `${keyOf(item)},${promptOf(item)},32,32,png`);
  writeFileSync(file, ['key,prompt,width,height,output_format', ...rows, ''].join('\n'));
}

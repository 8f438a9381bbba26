/** Runs one subject in one scenario, with new services: nothing is known from earlier runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { startTemporalServer } from '../../tools/temporal';
import { type Child, readAddress, readUrl, startChild } from '../processes';
import { writeRows } from '../rows';
import { makeChanges, readBooks, setUp } from './books';
import { computeFigures, type Figures } from './figures';
import { countJobs, type Scenario } from './scenarios';
import { buildStepsCommand, writeSteps } from './step-items';
import type { Stage, Subject } from './subjects';

/** Time limit of a run, in ms; its items are then unfinished, and the figures show it. */
const MAX_MS = 300_000;

interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Path of the Temporal CLI. */
  readonly cliPath: string;
}

export async function run(subject: Subject, scenario: Scenario, around: RunOptions): Promise<Figures> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-limits-'));
  const emulator = await startChild(['emulator'], around.env);
  try {
    const stage = await setStage(scenario, emulator, folder);
    await staged(subject)(stage, around, (env) => perform(subject, stage, env));
    return computeFigures(await readBooks(stage.url), countJobs(scenario), scenario.beside?.weight);
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function setStage(scenario: Scenario, emulator: Child, folder: string): Promise<Stage> {
  const { url, apiKey } = readAddress(emulator);
  const out = path.join(folder, 'out');
  mkdirSync(out);
  await setUp(url, scenario);
  const file = await writeRows(path.join(folder, 'rows.csv'), scenario.items);
  const { items = 0, weight = 1 } = scenario.beside ?? {};
  const beside = items === 0 ? null : writeSteps(folder, items, weight);
  return { scenario, url, apiKey, out, file, beside };
}

type Performance = (env: NodeJS.ProcessEnv) => Promise<void>;

function staged({ isBatch, hasCallbacks }: Subject) {
  if (!isBatch) return withoutWorker;
  return (stage: Stage, around: RunOptions, performance: Performance) =>
    withWorker(stage, around, performance, hasCallbacks === true);
}

function withoutWorker(_stage: Stage, { env }: RunOptions, performance: Performance): Promise<void> {
  return performance(env);
}

async function withWorker(
  { url, apiKey, out }: Stage,
  around: RunOptions,
  performance: Performance,
  hasCallbacks: boolean,
): Promise<void> {
  const server = await startTemporalServer({ cliPath: around.cliPath, port: 0, uiPort: null });
  try {
    const settings = { IMAGEPIPELINE_BASE_URL: url, IMAGEPIPELINE_API_KEY: apiKey, IMAGEPIPELINE_STORE: out };
    const env = { ...around.env, ...settings, TEMPORAL_ADDRESS: server.address };
    const gateway = hasCallbacks ? await startChild(['gateway', '--gateway-port', '0'], { ...env, ...SECRET }) : null;
    const worker = await startChild(['worker'], { ...env, ...callbackSettings(gateway) });
    try {
      await performance(env);
    } finally {
      await worker.stop();
      await gateway?.stop();
    }
  } finally {
    await server.stop();
  }
}

/** Secret for the callbacks of this run. */
const SECRET = { IMAGEPIPELINE_CALLBACK_SECRET: 'secret-of-one-benchmark-and-of-nothing-else' };

function callbackSettings(gateway: Child | null): NodeJS.ProcessEnv {
  if (gateway === null) return {};
  return { IMAGEPIPELINE_CALLBACK_URL: readUrl(gateway), ...SECRET };
}

async function perform(subject: Subject, stage: Stage, env: NodeJS.ProcessEnv): Promise<void> {
  const ended = new AbortController();
  const beside = stage.beside === null ? [] : [buildStepsCommand(stage.beside)];
  const commands = [subject.command(stage), ...beside];
  const ends = Promise.all(commands.map((args) => untilExit(subject.title, args, env))).finally(() => ended.abort());
  await Promise.all([ends, changesUntil(ended.signal, stage)]);
}

async function untilExit(title: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: MAX_MS });
  // Only failures are interesting, not progress.
  const said = text(child.stderr);
  await once(child, 'exit');
  const { exitCode, signalCode } = child;
  if (exitCode !== 0) process.stderr.write(`${await said}${title} ended with ${exitCode ?? signalCode}\n`);
}

/** Applies the scenario's changes until the run ends. */
async function changesUntil(signal: AbortSignal, { url, scenario }: Stage): Promise<void> {
  try {
    await makeChanges(url, scenario, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Runs one case with new processes for emulator, worker, server and gateway: nothing is known from earlier cases. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { startTemporalServer } from '../../tools/temporal';
import { findPackageRoot } from '../../tools/temporal/package-root';
import { type CallbackRelay, startCallbackRelay } from '../callback-relay';
import { readAddress, readUrl, startChild } from '../processes';
import { writeRows } from '../rows';
import { type StatusProxy, startStatusProxy } from '../status-proxy';
import type { Case } from './cases';
import { type CallbackTimes, computeFigures, type Figures, hasEnded, type Job } from './figures';

/** Time in ms beyond that of the jobs of a batch. */
const SLACK_MS = 60_000;
/** Longest job, in medians; fewer than one in a hundred thousand takes longer. */
const MAX_JOB = 4;
const PROGRESS_MS = 5_000;

interface MeasureOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Path of the Temporal CLI. */
  readonly cliPath: string;
  readonly onProgress: (line: string) => void;
}

interface Stage {
  /** Environment of worker and command. */
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly emulatorUrl: string;
  readonly proxy: StatusProxy;
  readonly relay: CallbackRelay | null;
}

type Stop = () => unknown;
/** Starts one of our commands and returns its ready line. */
type Start = (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<string>;

interface Callbacks {
  readonly relay: CallbackRelay | null;
  readonly settings: NodeJS.ProcessEnv;
}

const NO_CALLBACKS: Callbacks = { relay: null, settings: {} };

/** @throws if a batch does not end in time */
export async function measure(one: Case, around: MeasureOptions): Promise<Figures> {
  const stops: Stop[] = [];
  try {
    const stage = await setStage(one, around, (stop) => stops.push(stop));
    await makeImages(one, stage, around);
    const jobs = (await fetchJobs(stage.emulatorUrl)).slice(one.before).filter(hasEnded);
    return computeFigures(jobs, stage.proxy.seenCompleted, stage.relay === null ? null : callbackTimes(stage.relay));
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function setStage(one: Case, around: MeasureOptions, atEnd: (stop: Stop) => void): Promise<Stage> {
  const start: Start = async (args, env) => {
    const child = await startChild(args, { ...around.env, ...env });
    atEnd(() => child.stop());
    return child.ready;
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-reads-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startTemporalServer({ cliPath: around.cliPath, port: 0, uiPort: null });
  atEnd(() => server.stop());
  const ready = await start(['emulator', '--job-ms', String(one.jobMs)], {});
  const { url: emulatorUrl, apiKey } = readAddress({ ready });
  const proxy = await startStatusProxy(emulatorUrl, one.hasHints);
  atEnd(() => proxy.stop());
  const temporal = { TEMPORAL_ADDRESS: server.address };
  const { relay, settings } = one.hasCallbacks ? await startCallbacks(start, temporal) : NO_CALLBACKS;
  if (relay !== null) atEnd(() => relay.stop());
  const api = { IMAGEPIPELINE_BASE_URL: proxy.url, IMAGEPIPELINE_API_KEY: apiKey };
  const store = { IMAGEPIPELINE_STORE: path.join(folder, 'store') };
  const env = { ...around.env, ...temporal, ...api, ...store, ...settings };
  await start(['worker'], env);
  return { env, folder, emulatorUrl, proxy, relay };
}

/** The gateway behind a relay, and the worker's settings for both. */
async function startCallbacks(start: Start, temporal: NodeJS.ProcessEnv): Promise<Callbacks> {
  const secret = { IMAGEPIPELINE_CALLBACK_SECRET: randomBytes(32).toString('hex') };
  const ready = await start(['gateway', '--gateway-port', '0'], { ...temporal, ...secret });
  const relay = await startCallbackRelay(readUrl({ ready }));
  return { relay, settings: { ...secret, IMAGEPIPELINE_CALLBACK_URL: relay.url } };
}

/** Uncounted images run in their own batch, which ends before the others start. */
async function makeImages(one: Case, stage: Stage, { onProgress }: MeasureOptions): Promise<void> {
  const { name, before, counted } = one;
  const progress = async () => {
    const ended = (await fetchJobs(stage.emulatorUrl)).filter(hasEnded).length;
    onProgress(`${name}: ${ended} of ${before + counted} jobs have ended`);
  };
  const timer = setInterval(
    () => void progress().catch(() => onProgress(`${name}: the emulator does not answer`)),
    PROGRESS_MS,
  );
  try {
    await runBatch(one, stage, 'before', before);
    await runBatch(one, stage, 'counted', counted);
  } finally {
    clearInterval(timer);
  }
}

async function runBatch(
  { name, jobMs, window }: Case,
  { env, folder }: Stage,
  id: string,
  items: number,
): Promise<void> {
  const file = await writeRows(path.join(folder, `${id}.csv`), items);
  const bin = path.join(findPackageRoot(), 'bin', 'imagepipeline.js');
  const args = [bin, 'batch', file, '--id', id, '--json', '--concurrency', String(window)];
  const timeout = SLACK_MS + Math.ceil((MAX_JOB + items / window) * jobMs);
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout });
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const { exitCode, signalCode } = child;
  if (exitCode === 0) return;
  const end = exitCode ?? `${signalCode} after ${Math.round(timeout / 1_000)} s`;
  throw new Error(`${name}: the batch "${id}" of ${items} ended with ${end}\n${said}`);
}

async function fetchJobs(emulatorUrl: string): Promise<readonly Job[]> {
  const answer = await fetch(`${emulatorUrl}/_emulator/ledger`);
  return ((await answer.json()) as { jobs: readonly Job[] }).jobs;
}

function callbackTimes({ seen }: CallbackRelay): ReadonlyMap<string, CallbackTimes> {
  return new Map(
    seen.flatMap(({ body, sentAt, answeredAt }) => {
      const { job_id: jobId } = JSON.parse(body) as { readonly job_id: string };
      return answeredAt === null ? [] : [[jobId, { sentAt, answeredAt }] as const];
    }),
  );
}

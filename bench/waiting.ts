/**
 * 50,000 single items wait while the account is held (`node dist/bench/waiting.js [images]`). Their worker is restarted
 * and the account is resumed. Compares the speed of the first 500 with 500 items on an account without a hold. The others
 * are not run: they end with the server. Server, emulator, worker and this client are four processes on one machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImagePipelineClient, WorkerMissingError } from '../client';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { type Child, MemoryWatch, readAddress, startChild } from './processes';
import { report } from './report';

const DEFAULT_IMAGES = 50_000;
/** Number of images whose speed is measured. */
const MEASURED = 500;
/** Jobs in flight that the account allows. */
const LIMIT = 32;
const JOB_MS = 50;
/** Maximum concurrent starts. */
const WINDOW = 100;
const POLL_INTERVAL_MS = 500;
/** Time without a waiting task, in ms, after which all items have requested their permit. */
const QUIET_MS = 10_000;
/** Interval between two lines of progress, in ms. */
const SHOW_INTERVAL_MS = 30_000;
const MAX_WAIT_MS = 3_600_000;
const PREFIX = 'waiting';
const TASK_QUEUE = 'imagepipeline';

interface Run {
  /** Images per second without a hold. */
  readonly usual: number;
  /** Images per second, of the first ones after the hold. */
  readonly after: number;
  /** Time from the start of the second worker to the governor's first answer, in seconds. */
  readonly replaySeconds: number;
  readonly queued: number;
  readonly workerBytes: number;
  readonly governorBytes: number;
}

async function main(): Promise<void> {
  const images = Number(process.argv[2] ?? DEFAULT_IMAGES);
  if (!Number.isSafeInteger(images) || images < MEASURED) throw new Error(`at least ${MEASURED} images`);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-waiting-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  try {
    const run = await measure(server.address, folder, images);
    const about = `${images} images wait behind a hold, at most ${LIMIT} in flight, jobs of ${JOB_MS} ms, server in memory.`;
    const good = report('waiting', about, [
      { name: `images per second, ${MEASURED} without a hold`, value: run.usual, unit: '/s', bar: { atLeast: 8 } },
      {
        name: 'pace of the first 500 after it, of the usual',
        value: run.after / run.usual,
        unit: '',
        bar: { atLeast: 0.7 },
      },
      {
        name: 'from the new worker to an answer of the governor',
        value: run.replaySeconds,
        unit: 's',
        bar: { atMost: 20 },
      },
      { name: 'images that the governor remembers', value: run.queued, unit: '', bar: { atMost: 5_000 } },
      { name: 'longest history of the governor', value: run.governorBytes / 2 ** 20, unit: 'MiB', bar: { atMost: 20 } },
      { name: 'memory of a worker, peak', value: run.workerBytes / 2 ** 20, unit: 'MiB', bar: { atMost: 900 } },
    ]);
    process.exitCode = good ? 0 : 1;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(address: string, folder: string, images: number): Promise<Run> {
  const emulator = await startChild(['emulator', '--job-ms', String(JOB_MS)], process.env);
  const { url, apiKey } = readAddress(emulator);
  const env = {
    ...process.env,
    IMAGEPIPELINE_BASE_URL: url,
    IMAGEPIPELINE_API_KEY: apiKey,
    IMAGEPIPELINE_STORE: folder,
    IMAGEPIPELINE_MAX_CONCURRENCY: String(LIMIT),
    TEMPORAL_ADDRESS: address,
    // As docker-compose.yml: otherwise malloc keeps memory per thread.
    MALLOC_ARENA_MAX: '2',
  };
  let worker = await startChild(['worker'], env);
  const client = await ImagePipelineClient.connect({ env });
  try {
    const usual = await usualPace(client);
    await client.account().hold('bench');
    const memory = new MemoryWatch(worker.process.pid ?? 0);
    await startImages(client, PREFIX, images);
    await untilQuiet(client);
    const workerBytes = memory.stop();
    const queued = (await client.account().status()).waiting;
    const { child, replaySeconds } = await restart(worker, env, client);
    worker = child;
    const again = new MemoryWatch(worker.process.pid ?? 0);
    const after = await paceAfterHold(client);
    const governorBytes = await governorHistoryBytes(client);
    return { usual, after, replaySeconds, queued, governorBytes, workerBytes: Math.max(workerBytes, again.stop()) };
  } finally {
    await client.close();
    await worker.stop();
    await emulator.stop();
  }
}

async function usualPace(client: ImagePipelineClient): Promise<number> {
  const begun = performance.now();
  await startImages(client, 'usual', MEASURED);
  await untilEnded(client, 'usual');
  return (1_000 * MEASURED) / (performance.now() - begun);
}

async function paceAfterHold(client: ImagePipelineClient): Promise<number> {
  const begun = performance.now();
  await client.account().resume();
  await untilEnded(client, PREFIX);
  return (1_000 * MEASURED) / (performance.now() - begun);
}

async function startImages(client: ImagePipelineClient, prefix: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += WINDOW) {
    const numbers = Array.from({ length: Math.min(WINDOW, count - first) }, (_, index) => first + index);
    await Promise.all(numbers.map((number) => client.startImage(makeImage(prefix, number))));
    if (first % 5_000 === 0) console.error(`${first} images are started`);
  }
}

function makeImage(prefix: string, number: number) {
  const request = { prompt: `benchmark ${number}`, width: 64, height: 64, seed: number };
  return { id: `${prefix}-${number}`, request, waitWhileHeld: true };
}

async function untilEnded(client: ImagePipelineClient, prefix: string): Promise<void> {
  const query = `WorkflowId STARTS_WITH '${prefix}-' AND ExecutionStatus = 'Completed'`;
  await until(async () => (await client.temporal.workflow.count(query)).count >= MEASURED);
}

/** Waits until no task has waited for a worker for a while. */
async function untilQuiet(client: ImagePipelineClient): Promise<void> {
  let quietSince = performance.now();
  let shownAt = 0;
  await until(async () => {
    const tasks = await backlog(client);
    const now = performance.now();
    if (tasks > 0) quietSince = now;
    if (now - shownAt > SHOW_INTERVAL_MS) {
      console.error(`${tasks} tasks wait for the worker`);
      shownAt = now;
    }
    return now - quietSince > QUIET_MS;
  });
}

async function backlog({ temporal }: ImagePipelineClient): Promise<number> {
  const { namespace } = temporal.options;
  const sizes = await Promise.all(
    [1, 2].map(async (taskQueueType) => {
      const { stats } = await temporal.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: TASK_QUEUE },
        taskQueueType,
        reportStats: true,
      });
      return Number(stats?.approximateBacklogCount ?? 0);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function restart(
  worker: Child,
  env: NodeJS.ProcessEnv,
  client: ImagePipelineClient,
): Promise<{ readonly child: Child; readonly replaySeconds: number }> {
  await worker.stop();
  const begun = performance.now();
  const child = await startChild(['worker'], env);
  await until(() => isAnswering(client));
  return { child, replaySeconds: (performance.now() - begun) / 1_000 };
}

async function isAnswering(client: ImagePipelineClient): Promise<boolean> {
  try {
    await client.account().status();
    return true;
  } catch (error) {
    if (error instanceof WorkerMissingError) return false;
    throw error;
  }
}

async function governorHistoryBytes({ temporal }: ImagePipelineClient): Promise<number> {
  let longest = 0;
  for await (const { historySize } of temporal.workflow.list({ query: "WorkflowType = 'imagePipelineAccount'" })) {
    longest = Math.max(longest, historySize ?? 0);
  }
  return longest;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + MAX_WAIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited for ${MAX_WAIT_MS} ms`);
    await sleep(POLL_INTERVAL_MS);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

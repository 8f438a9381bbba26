/**
 * Sends forged, replayed and oversized callbacks to the gateway while a batch uses it. Server, emulator, worker, gateway
 * and command are separate processes on one machine and use only loopback.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { findPackageRoot } from '../tools/temporal/package-root';
import { type Callback, type CallbackRelay, sendCallback, startCallbackRelay } from './callback-relay';
import { type Child, MemoryWatch, readAddress, readUrl, residentBytes, startChild } from './processes';
import { type Figure, report } from './report';
import { writeRows } from './rows';

const ITEMS = 1_000;
const JOB_MS = 200;
const CONCURRENCY = 50;
/** Number of callbacks of the batch to wait for first; they are replayed. */
const FIRST = 100;
/** Maximum concurrent requests. */
const THROWERS = 16;
const FORGED = 1_000;
const REPLAYED = 1_000;
const OVERSIZED = 100;
const OVERSIZED_BYTES = 100 * 1_024;
const MIB = 2 ** 20;

const KINDS = ['forged', 'replayed', 'oversized'] as const;
type Kind = (typeof KINDS)[number];
/** Expected status of the gateway's answer. */
const ANSWERS: Readonly<Record<Kind, number>> = { forged: 404, replayed: 200, oversized: 413 };

interface Thrown extends Callback {
  readonly kind: Kind;
}

interface Answered {
  readonly kind: Kind;
  readonly status: number;
  readonly ms: number;
}

interface Attack {
  readonly answers: readonly Answered[];
  readonly seconds: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

interface Job {
  readonly prompt: string;
  readonly charged: boolean;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-gateway-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  try {
    const figures = await measure(server.address, folder);
    const about =
      `${ITEMS} items, jobs of ${JOB_MS} ms, ${CONCURRENCY} in flight at most; ${FORGED} forged, ${REPLAYED} replayed ` +
      `and ${OVERSIZED} oversized callbacks in the middle of it, ${THROWERS} at once.`;
    process.exitCode = report('gateway', about, figures) ? 0 : 1;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(address: string, folder: string): Promise<readonly Figure[]> {
  const children: Child[] = [];
  const start = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const child = await startChild(args, { ...process.env, ...env });
    children.push(child);
    return child;
  };
  const common = { TEMPORAL_ADDRESS: address, IMAGEPIPELINE_CALLBACK_SECRET: randomBytes(32).toString('hex') };
  const emulator = await start(['emulator', '--job-ms', String(JOB_MS)], {});
  const { url: emulatorUrl, apiKey } = readAddress(emulator);
  const gateway = await start(['gateway', '--gateway-port', '0'], common);
  const gatewayUrl = readUrl(gateway);
  const relay = await startCallbackRelay(gatewayUrl);
  const env = {
    ...common,
    IMAGEPIPELINE_BASE_URL: emulatorUrl,
    IMAGEPIPELINE_API_KEY: apiKey,
    IMAGEPIPELINE_CALLBACK_URL: relay.url,
    IMAGEPIPELINE_STORE: path.join(folder, 'store'),
  };
  const memory = new MemoryWatch(gateway.process.pid ?? 0);
  try {
    await start(['worker'], env);
    const file = await writeRows(path.join(folder, 'rows.csv'), ITEMS);
    const [succeeded, attack] = await Promise.all([
      runBatch(file, env),
      throwAll(relay, gatewayUrl, gateway.process.pid ?? 0),
    ]);
    const jobs = await fetchJobs(emulatorUrl);
    return [...attackFigures(attack, memory.stop()), ...batchFigures(succeeded, jobs)];
  } finally {
    memory.stop();
    relay.stop();
    for (const child of children.reverse()) await child.stop();
  }
}

async function throwAll(relay: CallbackRelay, gatewayUrl: string, pid: number): Promise<Attack> {
  while (relay.seen.length < FIRST) await sleep(20);
  const queue = missiles(relay.seen.slice()).values();
  const [bytesBefore, begunAt] = [residentBytes(pid), performance.now()];
  const answers: Answered[] = [];
  const thrower = async () => {
    for (const { kind, ...callback } of queue) {
      const sentAt = performance.now();
      const status = await sendCallback(gatewayUrl, callback);
      answers.push({ kind, status, ms: performance.now() - sentAt });
    }
  };
  await Promise.all(Array.from({ length: THROWERS }, thrower));
  const seconds = (performance.now() - begunAt) / 1_000;
  return { answers, seconds, bytesBefore, bytesAfter: residentBytes(pid) };
}

/** All kinds, mixed: forged tokens look like ours, replays are exact, and oversized bodies have a valid token. */
function missiles(seen: readonly Callback[]): readonly Thrown[] {
  const real = (number: number): Callback => seen[number % seen.length] ?? { path: '', body: '' };
  const all: Readonly<Record<Kind, readonly Callback[]>> = {
    forged: Array.from({ length: FORGED }, (_, number) => ({ ...real(number), path: forgedPath(real(number).path) })),
    replayed: Array.from({ length: REPLAYED }, (_, number) => real(number)),
    oversized: Array.from({ length: OVERSIZED }, (_, number) => ({
      ...real(number),
      body: JSON.stringify({ job_id: 'x'.repeat(OVERSIZED_BYTES) }),
    })),
  };
  const placed = KINDS.flatMap((kind) =>
    all[kind].map((callback, index) => ({ kind, ...callback, place: index / all[kind].length })),
  );
  return placed.sort((one, other) => one.place - other.place);
}

/** A token with changed last characters, which belong to its signature. */
function forgedPath(real: string): string {
  const forged = randomBytes(6).toString('hex');
  return real.slice(0, -forged.length) + forged;
}

/** Returns the number of items that succeeded. */
async function runBatch(file: string, env: NodeJS.ProcessEnv): Promise<number> {
  const bin = path.join(findPackageRoot(), 'bin', 'imagepipeline.js');
  const args = [bin, 'batch', file, '--id', 'bench', '--json', '--concurrency', String(CONCURRENCY)];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [words] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return (JSON.parse(words) as { readonly counts: { readonly succeeded: number } }).counts.succeeded;
}

async function fetchJobs(emulatorUrl: string): Promise<readonly Job[]> {
  const answer = await fetch(`${emulatorUrl}/_emulator/ledger`);
  return ((await answer.json()) as { readonly jobs: readonly Job[] }).jobs;
}

function attackFigures({ answers, seconds, bytesBefore, bytesAfter }: Attack, peakBytes: number): readonly Figure[] {
  const times = answers.map(({ ms }) => ms).sort((one, other) => one - other);
  const quantile = (share: number) => times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
  const astray = answers.filter(({ kind, status }) => status !== ANSWERS[kind]).length;
  return [
    { name: 'thrown callbacks answered otherwise than they should be', value: astray, unit: '', bar: { atMost: 0 } },
    { name: 'thrown callbacks answered a second', value: answers.length / seconds, unit: '/s', bar: { atLeast: 100 } },
    { name: 'time to the answer, median', value: quantile(0.5), unit: 'ms', bar: { atMost: 200 } },
    { name: 'time to the answer, p99', value: quantile(0.99), unit: 'ms', bar: { atMost: 1_000 } },
    { name: 'memory of the gateway before', value: bytesBefore / MIB, unit: 'MiB', bar: { atMost: 200 } },
    { name: 'memory of the gateway after', value: bytesAfter / MIB, unit: 'MiB', bar: { atMost: 250 } },
    { name: 'memory of the gateway, peak', value: peakBytes / MIB, unit: 'MiB', bar: { atMost: 250 } },
  ];
}

function batchFigures(succeeded: number, jobs: readonly Job[]): readonly Figure[] {
  const paid = jobs.filter(({ charged }) => charged).map(({ prompt }) => prompt);
  return [
    { name: 'items that succeeded', value: succeeded, unit: '', bar: { atLeast: ITEMS } },
    { name: 'items that were paid', value: new Set(paid).size, unit: '', bar: { atLeast: ITEMS } },
    { name: 'submissions that were accepted', value: jobs.length, unit: '', bar: { atMost: ITEMS } },
  ];
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

/**
 * Status reads per job, and how long after its end a job is seen completed, through the emulator, a worker and a server
 * as processes of their own. The first images of each run teach the worker and are not counted.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ImagePipelineClient } from '../client';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { startChild } from './processes';
import { type Figure, report } from './report';
import { startStatusProxy } from './status-proxy';

const TEACHING = 60;
const COUNTED = 100;
/** What the provider tells, beside the end of a job when it is asked. */
const TOLD = {
  'the end': '',
  hints: ', provider tells estimate, progress and times',
  callbacks: ', callbacks',
} as const;

interface Case {
  readonly jobMs: number;
  /** Jobs under way at once, no more than two cores can carry. */
  readonly window: number;
  readonly tells: keyof typeof TOLD;
  readonly readsBar: number;
  readonly delayBar: number;
}

/** Bars without callbacks: a fifth above the best there can be for the emulator's sigma of 0.3, and the time that a machine of two cores adds. */
const CASES: readonly Case[] = [
  { jobMs: 1_000, window: 12, tells: 'the end', readsBar: 4, delayBar: 18 },
  { jobMs: 6_000, window: 50, tells: 'the end', readsBar: 5, delayBar: 9 },
  { jobMs: 6_000, window: 50, tells: 'hints', readsBar: 3.5, delayBar: 6 },
  { jobMs: 1_000, window: 12, tells: 'callbacks', readsBar: 1.1, delayBar: 18 },
  { jobMs: 6_000, window: 50, tells: 'callbacks', readsBar: 1.1, delayBar: 4 },
];

interface Entry {
  readonly jobId: string;
  readonly acceptedAt: number;
  readonly endedAt: number;
  readonly statusReads: number;
}

async function main(): Promise<void> {
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const figures: Figure[] = [];
  for (const one of CASES) figures.push(...(await measure(cliPath, one)));
  const about = `${COUNTED} images after ${TEACHING} that taught the worker, sigma 0.3, read cost 2 %.`;
  process.exitCode = report('reads', about, figures) ? 0 : 1;
}

async function measure(
  cliPath: string,
  { jobMs, window, tells, readsBar, delayBar }: Case,
): Promise<readonly Figure[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-reads-'));
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  const emulator = await startChild(['emulator', '--job-ms', String(jobMs)], process.env);
  const [, url = '', apiKey = ''] = /at (\S+) with key (\S+)/.exec(emulator.ready) ?? [];
  const proxy = await startStatusProxy(url, tells === 'hints');
  const gateway = tells === 'callbacks' ? await startGateway(server.address) : null;
  const settings = {
    IMAGEPIPELINE_BASE_URL: proxy.url,
    IMAGEPIPELINE_API_KEY: apiKey,
    IMAGEPIPELINE_STORE: folder,
    ...gateway?.settings,
  };
  const worker = await startChild(['worker'], { ...process.env, ...settings, TEMPORAL_ADDRESS: server.address });
  const client = await ImagePipelineClient.connect({ env: { ...process.env, TEMPORAL_ADDRESS: server.address } });
  try {
    await makeImages(client, window, 0, TEACHING);
    await makeImages(client, window, TEACHING, COUNTED);
    const jobs = (await ledgerOf(url)).slice(TEACHING);
    const reads = jobs.reduce((sum, { statusReads }) => sum + statusReads, 0) / jobs.length;
    const lateMs = jobs.reduce((sum, { jobId, endedAt }) => sum + (proxy.seenCompleted.get(jobId) ?? 0) - endedAt, 0);
    const jobTimeMs = jobs.reduce((sum, { acceptedAt, endedAt }) => sum + endedAt - acceptedAt, 0);
    const told = `jobs of ${jobMs / 1_000} s${TOLD[tells]}`;
    return [
      { name: `reads per job, ${told}`, value: reads, unit: '', bar: { atMost: readsBar } },
      { name: `delay, ${told}`, value: (100 * lateMs) / jobTimeMs, unit: '% of job time', bar: { atMost: delayBar } },
    ];
  } finally {
    await client.close();
    await worker.stop();
    await gateway?.stop();
    proxy.stop();
    await emulator.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With what the worker must know of it. */
async function startGateway(address: string) {
  const secret = { IMAGEPIPELINE_CALLBACK_SECRET: randomBytes(32).toString('hex') };
  const env = { ...process.env, ...secret, TEMPORAL_ADDRESS: address };
  const { ready, stop } = await startChild(['gateway', '--gateway-port', '0'], env);
  return { settings: { ...secret, IMAGEPIPELINE_CALLBACK_URL: /at (\S+)/.exec(ready)?.[1] }, stop };
}

async function makeImages(client: ImagePipelineClient, window: number, first: number, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => first + index).values();
  const lane = async () => {
    for (const number of numbers) await (await client.startImage({ request: requestOf(number) })).result();
  };
  await Promise.all(Array.from({ length: window }, lane));
}

function requestOf(number: number) {
  return { prompt: `benchmark ${number}`, width: 64, height: 64, seed: number };
}

async function ledgerOf(emulatorUrl: string): Promise<readonly Entry[]> {
  const answer = await fetch(`${emulatorUrl}/_emulator/ledger`);
  return ((await answer.json()) as { jobs: readonly Entry[] }).jobs;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

/**
 * 300 images as `imagePipelineItem` workflows through the emulator, with jobs of 50 ms. Server, emulator, worker and this
 * client are four processes on one machine and use only loopback.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ItemHandle } from '../client';
import { ImagePipelineClient } from '../client';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { MemoryWatch, readAddress, startChild } from './processes';
import { report } from './report';

const IMAGES = 300;
const JOB_MS = 50;
/** Maximum concurrent starts. */
const WINDOW = 50;

interface Run {
  readonly seconds: number;
  readonly readsPerJob: number;
  readonly eventsPerImage: number;
  readonly workerBytes: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-single-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  try {
    const { seconds, readsPerJob, eventsPerImage, workerBytes } = await measure(server.address, folder);
    const good = report('single', `${IMAGES} images, jobs of ${JOB_MS} ms, all started at once, server in memory.`, [
      { name: 'images per second', value: IMAGES / seconds, unit: '/s', bar: { atLeast: 8 } },
      { name: 'status reads per job', value: readsPerJob, unit: '', bar: { atMost: 1.5 } },
      { name: 'history events per image', value: eventsPerImage, unit: '', bar: { atMost: 20 } },
      { name: 'memory of the worker, peak', value: workerBytes / 2 ** 20, unit: 'MiB', bar: { atMost: 700 } },
    ]);
    process.exitCode = good ? 0 : 1;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(address: string, folder: string): Promise<Run> {
  const emulator = await startChild(['emulator', '--job-ms', String(JOB_MS)], process.env);
  const { url, apiKey } = readAddress(emulator);
  const settings = { IMAGEPIPELINE_BASE_URL: url, IMAGEPIPELINE_API_KEY: apiKey, IMAGEPIPELINE_STORE: folder };
  const worker = await startChild(['worker'], { ...process.env, ...settings, TEMPORAL_ADDRESS: address });
  const memory = new MemoryWatch(worker.process.pid ?? 0);
  const client = await ImagePipelineClient.connect({ env: { ...process.env, TEMPORAL_ADDRESS: address } });
  try {
    const begun = performance.now();
    const images = await startAll(client);
    await Promise.all(images.map((image) => image.result()));
    const seconds = (performance.now() - begun) / 1_000;
    const workerBytes = memory.stop();
    return {
      seconds,
      workerBytes,
      readsPerJob: await readsPerJob(url),
      eventsPerImage: await eventsPerImage(client, images),
    };
  } finally {
    memory.stop();
    await client.close();
    await worker.stop();
    await emulator.stop();
  }
}

async function startAll(client: ImagePipelineClient): Promise<readonly ItemHandle[]> {
  const images: ItemHandle[] = [];
  for (let first = 0; first < IMAGES; first += WINDOW) {
    const numbers = Array.from({ length: Math.min(WINDOW, IMAGES - first) }, (_, index) => first + index);
    images.push(...(await Promise.all(numbers.map((number) => client.startImage({ request: makeRequest(number) })))));
  }
  return images;
}

function makeRequest(number: number) {
  return { prompt: `benchmark ${number}`, width: 64, height: 64, seed: number };
}

async function readsPerJob(emulatorUrl: string): Promise<number> {
  const answer = await fetch(`${emulatorUrl}/_emulator/ledger`);
  const { jobs } = (await answer.json()) as { jobs: readonly { statusReads: number }[] };
  return jobs.reduce((sum, { statusReads }) => sum + statusReads, 0) / jobs.length;
}

async function eventsPerImage(client: ImagePipelineClient, images: readonly ItemHandle[]): Promise<number> {
  let events = 0;
  for (const { id } of images) events += (await client.temporal.workflow.getHandle(id).describe()).historyLength;
  return events / images.length;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

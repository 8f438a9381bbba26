/**
 * The dashboard with a batch of 100,000 finished items (`node dist/bench/dashboard.js [items]`), in Debian's Chromium, and a hundred
 * open pages on one batch that runs. Server, emulator, worker, gateway and browser are separate processes on one machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { ImagePipelineClient } from '../client';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { makeFinishedBatch, toKey } from './dashboard/finished-batch';
import { loadAll, openGallery, openSignedIn, type Scrolled, scroll, startBrowser } from './dashboard/gallery';
import { keepOpen } from './dashboard/open-pages';
import { type Child, LEAN, MemoryWatch, readAddress, residentBytes, startChild } from './processes';
import { type Figure, report } from './report';

const DEFAULT_ITEMS = 100_000;
const FINISHED = 'finished';
const RUNNING = 'running';
/** Jobs of the batch that runs. */
const JOB_MS = 2_000;
const RUNNING_ITEMS = 5_000;
const RUNNING_CONCURRENCY = 20;
const STREAMS = 100;
const PAGES = 4;
const OPEN_MS = 30_000;
const TOKEN = 'token-of-the-benchmark';
const MIB = 2 ** 20;

async function main(): Promise<void> {
  const items = Number(process.argv[2] ?? DEFAULT_ITEMS);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-dashboard-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  const children: Child[] = [];
  const start = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const child = await startChild(args, { ...process.env, ...env });
    children.push(child);
    return child;
  };
  try {
    const { url, apiKey } = readAddress(await start(['emulator', '--job-ms', String(JOB_MS)], {}));
    const store = path.join(folder, 'store');
    const env = {
      TEMPORAL_ADDRESS: server.address,
      IMAGEPIPELINE_BASE_URL: url,
      IMAGEPIPELINE_API_KEY: apiKey,
      IMAGEPIPELINE_STORE: store,
    };
    await start(['worker'], env);
    await prepare(env, store, items);
    const gateway = await start(['gateway', '--gateway-port', '0'], {
      ...env,
      ...LEAN,
      IMAGEPIPELINE_API_TOKENS: TOKEN,
      IMAGEPIPELINE_API_PORT: '0',
    });
    const browser = await startBrowser();
    const figures = await measure(browser, gateway, items).finally(() => browser.close());
    const about =
      `${items} finished items, pictures of 1024 × 1024 without thumbnails, software rendering; then ${STREAMS} event streams and ` +
      `${PAGES} pages on a batch that runs, for ${OPEN_MS / 1_000} s.`;
    process.exitCode = report('dashboard', about, figures) ? 0 : 1;
  } finally {
    for (const child of children.reverse()) await child.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(env: Readonly<Record<string, string>>, store: string, items: number): Promise<void> {
  const client = await ImagePipelineClient.connect({ env: { ...process.env, ...env } });
  try {
    await makeFinishedBatch(client, store, FINISHED, items);
    const rows = Array.from({ length: RUNNING_ITEMS }, (_one, item) => ({
      key: toKey(item),
      prompt: `running ${item}`,
      width: 64,
      height: 64,
    }));
    await client.startBatch({ id: RUNNING, rows, concurrency: RUNNING_CONCURRENCY });
  } finally {
    await client.close();
  }
}

async function measure(browser: Browser, gateway: Child, items: number): Promise<readonly Figure[]> {
  const pid = gateway.process.pid ?? 0;
  const [, url = ''] = /serves the API at (\S+)/.exec(gateway.ready) ?? [];
  const page = await openSignedIn(browser, url, TOKEN);
  const memory = new MemoryWatch(pid);
  const opened = await openGallery(page, `${url}/dashboard/batches/${FINISHED}`);
  console.error('opened', opened);
  const first = await scroll(browser, page, 'down');
  console.error('scrolled from the first item', first);
  const loadMs = await loadAll(page, toKey(items - 1));
  console.error('loaded all items', loadMs);
  const last = await scroll(browser, page, 'up');
  console.error('scrolled with all items', last);
  await page.context().close();
  const galleryBytes = memory.stop();
  const pages = new MemoryWatch(pid);
  const open = await keepOpen(browser, {
    url,
    token: TOKEN,
    id: RUNNING,
    streams: STREAMS,
    pages: PAGES,
    forMs: OPEN_MS,
  });
  const [pageBytes, restBytes] = [pages.stop(), residentBytes(pid)];
  return [
    { name: 'first picture after', value: opened.firstPictureMs, unit: 'ms', bar: { atMost: 2_000 } },
    { name: 'all pictures of the first screen after', value: opened.firstScreenMs, unit: 'ms', bar: { atMost: 4_000 } },
    ...scrollFigures('scrolling from the first item', first),
    { name: 'all items loaded, by jumps to the end, after', value: loadMs / 1_000, unit: 's', bar: { atMost: 120 } },
    ...scrollFigures('scrolling with all items', last),
    { name: 'memory of the gateway, peak, gallery', value: galleryBytes / MIB, unit: 'MiB', bar: { atMost: 300 } },
    { name: 'streams that received states', value: open.live, unit: '', bar: { atLeast: STREAMS } },
    { name: 'memory of the gateway, peak, open pages', value: pageBytes / MIB, unit: 'MiB', bar: { atMost: 300 } },
    { name: 'memory of the gateway, after that', value: restBytes / MIB, unit: 'MiB', bar: { atMost: 300 } },
  ];
}

function scrollFigures(what: string, { longestTaskMs, longestGapMs, missing }: Scrolled): readonly Figure[] {
  return [
    { name: `${what}: longest task of the page`, value: longestTaskMs, unit: 'ms', bar: { atMost: 250 } },
    { name: `${what}: longest time without a frame`, value: longestGapMs, unit: 'ms', bar: { atMost: 500 } },
    { name: `${what}: pictures missing a second later`, value: missing, unit: '', bar: { atMost: 0 } },
  ];
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

/** Worker, Temporal server and command line, each killed with -9 twice in the middle of one batch. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BatchStatus } from '../../client/batches/batch-status';
import { type Emulator, startEmulator } from '../../emulator';
import { startTemporalServer, type TemporalServer } from '../../tools/temporal';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { type CliProcess, runCli, startCli } from '../cli/cli-process';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

const ITEMS = 60;
const KEYS = Array.from({ length: ITEMS }, (_, number) => `row-${number}`);
const folder = tempFolder();
const children = new Set<ChildProcess>();

let emulator: Emulator;
let server: TemporalServer;
let last: BatchStatus;
let lines: readonly ItemResultRow[];
let deaths = 0;

async function startServer(port: number): Promise<TemporalServer> {
  const cliPath = process.env['TEMPORAL_CLI_PATH'] ?? '';
  return startTemporalServer({ cliPath, port, uiPort: null, dbFile: path.join(folder, 'temporal.db') });
}

const environment = () => ({
  TEMPORAL_ADDRESS: server.address,
  IMAGEPIPELINE_BASE_URL: emulator.url,
  IMAGEPIPELINE_API_KEY: emulator.apiKey,
  IMAGEPIPELINE_STORE: path.join(folder, 'store'),
});

async function start(args: readonly string[], ready: RegExp): Promise<CliProcess> {
  const cli = startCli(args, folder, environment());
  children.add(cli.child);
  await cli.seen(ready);
  return cli;
}

const startWorker = () => start(['worker'], /^ready/m);
const startBatch = () =>
  start(['batch', 'rows.csv', '--id', 'chaos', '--concurrency', '8', '--json'], /^(started|found) chaos/m);

async function kill({ child, finished }: CliProcess): Promise<void> {
  child.kill('SIGKILL');
  await finished;
  children.delete(child);
  deaths += 1;
}

async function killServer(): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await server.exited;
  deaths += 1;
  server = await startServer(Number(server.address.split(':')[1]));
}

/** Longer than the heartbeat timeout, for what a dead worker held stays held until then. */
async function untilAccepted(jobs: number): Promise<void> {
  for (const patience of ['once', 'twice', 'thrice']) {
    const more = until(`${jobs} jobs were accepted, ${patience}`, () => emulator.ledger().accepted >= jobs);
    if (
      await more.then(
        () => true,
        () => patience === 'thrice' && more,
      )
    )
      return;
  }
}

beforeAll(async () => {
  emulator = await startEmulator({ jobTime: { medianMs: 300, sigma: 0.2 } });
  server = await startServer(0);
  const rows = KEYS.map((key) => `${key},a picture of ${key},32,32,png`);
  writeFileSync(path.join(folder, 'rows.csv'), ['key,prompt,width,height,output_format', ...rows, ''].join('\n'));
  let worker = await startWorker();
  let cli = await startBatch();
  await untilAccepted(6);
  await kill(worker);
  await kill(cli);
  worker = await startWorker();
  cli = await startBatch();
  await untilAccepted(20);
  await killServer();
  await untilAccepted(28);
  await kill(worker);
  await kill(cli);
  worker = await startWorker();
  await untilAccepted(40);
  await killServer();
  cli = await startBatch();
  const { stdout } = await cli.finished;
  last = JSON.parse(stdout);
  const listed = await runCli(['results', 'chaos'], folder, environment());
  lines = listed.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): ItemResultRow => JSON.parse(line));
});

afterAll(async () => {
  const left = [...children].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const ends = left.map((child) => once(child, 'exit'));
  for (const child of left) child.kill('SIGKILL');
  await Promise.all([...ends, emulator.close()]);
  await server.stop();
});

test('it ends, and every item is counted', () => {
  expect(deaths).toBe(6);
  const { total, succeeded, failed, cancelled, unknown } = last.counts;
  expect(last.state).toBe('completed');
  expect([total, succeeded + failed + cancelled + unknown]).toEqual([ITEMS, ITEMS]);
});

test('every item is listed once, as made or honestly as unknown', () => {
  expect(lines.map(({ key }) => key)).toEqual(KEYS);
  const ends = new Set(lines.map(({ outcome, code }) => `${outcome} ${code}`));
  expect([...ends].filter((end) => !['succeeded null', 'unknown SUBMIT_OUTCOME_UNKNOWN'].includes(end))).toEqual([]);
  expect(lines.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(last.counts.unknown);
});

test('no item was paid twice, and what was made is what was paid', () => {
  const { jobs } = emulator.ledger();
  const paidFor = (key: string) => jobs.filter(({ prompt }) => prompt === `a picture of ${key}`);
  expect(KEYS.filter((key) => paidFor(key).length > 1)).toEqual([]);
  const made = lines.filter(({ outcome }) => outcome === 'succeeded');
  expect(made.map(({ sha256 }) => sha256)).toEqual(made.map(({ key }) => paidFor(key)[0]?.resultSha256));
});

test('most items were made in spite of it all', () => {
  expect(last.counts.succeeded).toBeGreaterThan(ITEMS / 2);
});

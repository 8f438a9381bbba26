/**
 * The services of docker-compose.yml as plain processes: PostgreSQL, Temporal server, emulator, gateway, two workers, with
 * the commands, variables, secrets and health checks of the file. A worker dies in the middle of a batch; then batches and
 * single items are run, failed, redriven, paused, held and cancelled, from all three sides of the product.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ImagePipelineClient } from '../../client';
import { missingForStack, type Stack, startStack } from '../../tools/compose/stack';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { runCli } from '../cli/cli-process';
import { hashOf } from '../support/hash-of';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

const ITEMS = 60;
const ROOT = path.join(__dirname, '..', '..');

/** Code and submissions with which an item of that prompt ends; all but the last succeed when they are run again. */
const PROVOKED: Readonly<Record<string, readonly [string | null, number]>> = {
  '{{MODEL_ERROR x1}}': [null, 2],
  '{{STORAGE_ERROR x1}}': [null, 2],
  '{{INPUT_INVALID x1}}': ['INPUT_INVALID', 1],
  'a forged passport': ['INPUT_INVALID', 1],
};

interface Standing {
  readonly state: string;
}

interface ImageState {
  readonly end: Pick<ItemResultRow, 'jobId' | 'file' | 'sha256'> | null;
}

interface Ledger {
  readonly accepted: number;
  readonly jobs: readonly {
    readonly jobId: string;
    readonly prompt: string;
    readonly resultSha256: string | null;
    readonly callbacks: readonly { readonly outcome: string }[];
  }[];
}

const missing = missingForStack(process.env);
if (missing !== null) {
  process.stderr.write(
    `skipped: ${missing}. "npm run test:postgres" builds what it can; PostgreSQL is a system package.\n`,
  );
}
const where = missing === null ? describe : describe.skip;

where('the services of docker-compose.yml on PostgreSQL', () => {
  const folder = tempFolder();
  let stack: Stack;

  beforeAll(async () => {
    const cliPath = process.env['TEMPORAL_CLI_PATH'] ?? '';
    stack = await startStack({ env: process.env, packageRoot: ROOT, cliPath, folder: tempFolder() });
  });
  afterAll(() => stack?.close());

  const ledger = async () => (await (await fetch(`${stack.emulatorUrl}/_emulator/ledger`)).json()) as Ledger;

  /** A look that runs into the dead worker ends the command, not the batch: then it is asked for again. */
  async function followToTheEnd(): Promise<void> {
    // Also how long the callback of a lost answer is awaited: the dead worker may have lost one that was never accepted.
    const args = ['batch', 'rows.csv', '--id', 'production', '--concurrency', '20', '--job-timeout', '60s', '--json'];
    for (let turn = 1; turn <= 5; turn += 1) {
      const { code, stderr } = await runCli(args, folder, stack.cliEnv);
      if (!/^no worker answers/m.test(stderr)) return expect([0, 5]).toContain(code);
    }
    throw new Error('no worker answered in five turns');
  }

  async function fetchLines(id: string): Promise<readonly ItemResultRow[]> {
    const { stdout } = await runCli(['results', id], folder, stack.cliEnv);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ItemResultRow);
  }

  async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${stack.api.token}`, ...init.headers };
    const response = await fetch(`${stack.api.url}${path}`, { ...init, headers });
    const body = await response.text();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${body}`);
    return JSON.parse(body) as T;
  }

  const post = <T>(path: string, type = 'application/json', body = '{}') =>
    ask<T>(path, { method: 'POST', headers: { 'content-type': type }, body });

  const fetchState = async (id: string) => (await ask<Standing>(`/v1/batches/${id}`)).state;

  const startRows = (id: string, prompts: readonly string[], query = '') => {
    const rows = prompts.map((prompt, number) => `${id}-${number},"${id} ${number} ${prompt}",64,64`);
    return post(`/v1/batches?id=${id}${query}`, 'text/csv', ['key,prompt,width,height', ...rows, ''].join('\n'));
  };

  const untilState = (id: string, state: string) =>
    until(`${id} is ${state}`, async () => (await fetchState(id)) === state);

  /** The bytes of a file that the store has, or that the HTTP API serves. */
  async function readResult(file: string): Promise<Buffer> {
    if (!file.startsWith('/v1/')) return readFileSync(path.resolve(stack.cliEnv['IMAGEPIPELINE_STORE'] ?? '', file));
    const headers = { authorization: `Bearer ${stack.api.token}` };
    return Buffer.from(await (await fetch(`${stack.api.url}${file}`, { headers })).arrayBuffer());
  }

  /** What lies in the store is what the provider has made, byte for byte. */
  async function expectSound(results: readonly Pick<ItemResultRow, 'jobId' | 'file' | 'sha256'>[]): Promise<void> {
    const { jobs } = await ledger();
    for (const { jobId, file, sha256 } of results) {
      expect(hashOf(await readResult(file ?? ''))).toBe(sha256);
      expect(jobs.find((job) => job.jobId === jobId)?.resultSha256).toBe(sha256);
    }
  }

  test('the schemas can be made again, as an update does', () => stack.updateSchemas());

  test('a batch outlives a worker, nothing is lost and nothing paid twice', async () => {
    const [first] = await Promise.all([stack.startWorker('worker'), stack.startWorker('emulator-worker')]);
    const rows = Array.from({ length: ITEMS }, (_, number) => `row-${number},picture ${number},64,64`);
    writeFileSync(path.join(folder, 'rows.csv'), ['key,prompt,width,height', ...rows, ''].join('\n'));
    const batch = followToTheEnd();

    await until('a third was accepted', async () => (await ledger()).accepted >= ITEMS / 3);
    first.kill();
    expect(await first.ended).toBe('SIGKILL');
    expect((await ledger()).accepted).toBeLessThan(ITEMS);
    await batch;

    const lines = await fetchLines('production');
    const outcomes = lines.map(({ outcome }) => outcome);
    expect({ items: lines.length, keys: new Set(lines.map(({ key }) => key)).size }).toEqual({
      items: ITEMS,
      keys: ITEMS,
    });
    // Only what was on its way to the provider in the moment of death may be unknown.
    expect(outcomes.filter((outcome) => outcome !== 'succeeded' && outcome !== 'unknown')).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 'unknown').length).toBeLessThanOrEqual(20);
    const files = lines.flatMap(({ file }) => file ?? []);
    expect(files.length).toBeGreaterThanOrEqual(ITEMS - 20);
    const store = stack.cliEnv['IMAGEPIPELINE_STORE'] ?? '';
    expect(files.filter((file) => !existsSync(path.resolve(store, file)))).toEqual([]);

    const { jobs } = await ledger();
    expect(new Set(jobs.map(({ prompt }) => prompt)).size).toBe(jobs.length);
    const delivered = async () =>
      (await ledger()).jobs.every(({ callbacks }) => callbacks.some(({ outcome }) => outcome === 'delivered'));
    await until('every job was called back', delivered);
  });

  test('failed items are redriven, and every image is the one that was made', async () => {
    await stack.startWorker('worker');
    const jobTime = { medianMs: 300, sigma: 0 };
    await fetch(`${stack.emulatorUrl}/_emulator/limits`, { method: 'PUT', body: JSON.stringify({ jobTime }) });
    await startRows('mixed', [...Array<string>(9).fill(''), ...Object.keys(PROVOKED)]);
    await untilState('mixed', 'completed');
    const first = await fetchLines('mixed');
    expect(first.slice(9).map(({ code, submissions }) => [code, submissions.length])).toEqual(Object.values(PROVOKED));

    await post('/v1/batches/mixed/redrive', undefined, '{"outcomes": ["failed"]}');
    const redriven = () => fetchLines('mixed').then((lines) => lines.filter(({ outcome }) => outcome === 'succeeded'));
    await until('the redrive has ended', async () => (await redriven()).length === first.length - 1);
    await untilState('mixed', 'completed');
    await expectSound(await redriven());
  });

  test('a batch is paused, continues, and is cancelled', async () => {
    await startRows('controlled', Array<string>(40).fill(''), '&concurrency=4');
    await post('/v1/batches/controlled/pause');
    await untilState('controlled', 'paused');
    const paused = (await ledger()).accepted;
    await post('/v1/batches/controlled/resume');
    await until('it went on', async () => (await ledger()).accepted > paused);
    await post('/v1/batches/controlled/cancel');
    await untilState('controlled', 'cancelled');
    const lines = await fetchLines('controlled');
    const made = lines.filter(({ outcome }) => outcome === 'succeeded');
    expect(lines.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'succeeded')).toEqual(
      Array(40 - made.length).fill('cancelled'),
    );
    expect((await ledger()).jobs.filter(({ prompt }) => prompt.startsWith('controlled ')).length).toBe(made.length);
    await expectSound(made);
  });

  test('images by library and by HTTP wait while the account is held', async () => {
    expect((await runCli(['account', 'hold', 'for the test'], folder, stack.cliEnv)).code).toBe(0);
    const before = (await ledger()).accepted;
    const client = await ImagePipelineClient.connect({ env: stack.cliEnv });
    try {
      const request = { prompt: 'one by library', width: 64, height: 64 };
      await client.startImage({ id: 'by-library', request, waitWhileHeld: true });
      const more = { id: 'by-http', request: { ...request, prompt: 'one by http' }, waitWhileHeld: true };
      await post('/v1/images', undefined, JSON.stringify(more));
      const waits = async () => (await client.item('by-library').status()).state !== 'submitting';
      await until('the image waits', waits);
      expect((await ledger()).accepted).toBe(before);
      expect((await runCli(['account', 'resume'], folder, stack.cliEnv)).code).toBe(0);
      const { result, jobId } = await client.item('by-library').result();
      const end = await until('the other has ended', async () => (await ask<ImageState>('/v1/images/by-http')).end);
      await expectSound([{ jobId, file: result?.file ?? null, sha256: result?.sha256 ?? null }, end]);
      expect((await ledger()).accepted).toBe(before + 2);
    } finally {
      await client.close();
    }
  });

  test('a worker stops in order, as docker compose asks it to', async () => {
    const worker = await stack.startWorker('worker');
    expect(await worker.stop()).toBe(0);
    expect(worker.lastLines).toContain('stopping');
  });
});

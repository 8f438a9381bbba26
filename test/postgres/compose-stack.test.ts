/**
 * The services of docker-compose.yml as plain processes: PostgreSQL, Temporal server, emulator, gateway, two workers, with
 * the commands, variables, secrets and health checks of the file. A worker dies in the middle of a batch.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { missingForStack, type Stack, startStack } from '../../tools/compose/stack';
import type { ItemLine } from '../../workflows/domain/item';
import { runCli } from '../cli/cli-process';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

jest.setTimeout(240_000);

const ITEMS = 60;
const ROOT = path.join(__dirname, '..', '..');

interface Ledger {
  readonly accepted: number;
  readonly jobs: readonly { readonly prompt: string; readonly callbacks: readonly { readonly outcome: string }[] }[];
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
    const args = ['batch', 'rows.csv', '--id', 'production', '--concurrency', '20', '--json'];
    for (let turn = 1; turn <= 5; turn += 1) {
      const { code, stderr } = await runCli(args, folder, stack.cliEnv);
      if (!/^no worker answers/m.test(stderr)) return expect([0, 5]).toContain(code);
    }
    throw new Error('no worker answered in five turns');
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

    const { stdout } = await runCli(['results', 'production'], folder, stack.cliEnv);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ItemLine);
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

  test('a worker stops in order, as docker compose asks it to', async () => {
    const worker = await stack.startWorker('worker');
    expect(await worker.stop()).toBe(0);
    expect(worker.lastLines).toContain('stopping');
  });
});

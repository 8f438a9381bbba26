/** The examples of the documents, run by a service that has installed the client only, and beside a worker that has both packages. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ImagePipelineClient } from '../../client';
import { type Emulator, startEmulator } from '../../emulator';
import { ImagePipelinePlugin } from '../../worker';
import { NO_BOUNDS } from '../../workflows/domain/pace/pace';
import { drawPhoto } from '../support/file-server';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { until } from '../support/until';
import { codeBlock, install, type ModuleKind, packBoth, writeExample } from './installed';

const KINDS: readonly ModuleKind[] = ['CommonJS', 'ESM'];
const ENTRIES = [
  ...['imagepipeline-temporal', 'imagepipeline-temporal/workflows'],
  ...[
    'imagepipeline-temporal-worker',
    'imagepipeline-temporal-worker/activities',
    'imagepipeline-temporal-worker/testing',
  ],
];
const QUEUE = 'campaigns';

const run = promisify(execFile);

/** A workflow that gives up an image and continues. */
const PATIENT = `
import { CancellationScope, defineSignal, isCancellation, setHandler, sleep } from '@temporalio/workflow';

export async function patient() {
  const images = new InlineItems({ account: 'patient', waitWhileHeld: true });
  const waiting = new CancellationScope();
  setHandler(defineSignal('giveUp'), () => waiting.cancel());
  try {
    await waiting.run(() => images.run({ id: 'never', request: { prompt: 'a snail' } }));
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
  await sleep('1 hour');
}
`;

/** The folder of a service with the client's package, and that of a worker with both. */
let service: string;
let host: string;
let server: TestTemporal;
let emulator: Emulator;
let client: ImagePipelineClient;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  const packed = packBoth();
  service = install(packed['imagepipeline-temporal']);
  host = install(packed['imagepipeline-temporal'], packed['imagepipeline-temporal-worker']);
  writeFileSync(path.join(host, 'workflows.ts'), codeBlock('docs/library.md', 'workflows.ts') + PATIENT);
  emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  server = await startTestTemporal();
  client = await ImagePipelineClient.connect({ env: server.env });
  startWorker(path.join(host, 'node_modules', 'imagepipeline-temporal-worker', 'bin', 'imagepipeline.js'), 'worker');
});

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await client.close();
  await Promise.all([emulator.close(), server.stop()]);
});

function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  const provider = { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: emulator.url };
  return { PATH, HOME, ...server.env, ...provider, IMAGEPIPELINE_STORE: path.join(host, 'store') };
}

async function runExample(file: string): Promise<string> {
  const { stdout } = await run(process.execPath, [file], { cwd: path.dirname(file), env: environment() });
  return stdout;
}

/** A worker in a process of its own. */
function startWorker(...words: readonly string[]): ChildProcess {
  const worker = spawn(process.execPath, words, { cwd: host, env: environment(), stdio: 'ignore' });
  workers.push(worker);
  return worker;
}

/** Gives back how it is stopped: as processes are. */
function startWorkerExample(example: string, kind: ModuleKind): () => Promise<void> {
  const worker = startWorker(writeExample(host, 'worker', example, kind));
  return async () => {
    const ended = once(worker, 'exit');
    worker.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  };
}

test.each(ENTRIES)('ESM finds every export of %s by name', (entry) => {
  const script = `
    const name = '${entry}';
    const names = Object.keys(await import(name)).filter((one) => !['default', 'module.exports', '__esModule'].includes(one));
    const required = Object.keys((await import(name)).default);
    console.log(JSON.stringify([names.sort(), required.sort()]));
  `;
  const options = { cwd: host, encoding: 'utf8' } as const;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], options);
  const [names, required] = JSON.parse(printed) as [string[], string[]];
  expect(names.length).toBeGreaterThan(1);
  expect(names).toEqual(required);
});

test.each(['worker', 'activities', 'testing'])(
  'importing imagepipeline-temporal/%s says which package has it now',
  (subpath) => {
    const options = { cwd: service, encoding: 'utf8', stdio: 'pipe' } as const;
    const script = `require('imagepipeline-temporal/${subpath}')`;
    const target = subpath === 'worker' ? '' : `/${subpath}`;
    expect(() => execFileSync(process.execPath, ['-e', script], options)).toThrow(
      `run "npm install imagepipeline-temporal-worker", and use 'imagepipeline-temporal-worker${target}'`,
    );
  },
);

test('a store at s3:// without the AWS SDK says what to install', () => {
  const script = `
    const { ImagePipelineClient } = require('imagepipeline-temporal');
    ImagePipelineClient.connect({ env: process.env, store: 's3://bucket/prefix' })
      .then((client) => client.startBatch({ id: 'no-sdk', rows: [{ key: 'a', prompt: 'b' }] }))
      .catch((error) => { console.log(error.message); process.exit(); });
  `;
  const options = { cwd: service, encoding: 'utf8', env: environment() } as const;
  expect(execFileSync(process.execPath, ['-e', script], options)).toContain(
    'the AWS SDK is not installed; run "npm install @aws-sdk/client-s3 @aws-sdk/lib-storage"',
  );
});

test('traces that are on, without the interceptors of Temporal, do not keep a service from connecting', () => {
  const script = `
    const { ImagePipelineClient } = require('imagepipeline-temporal');
    ImagePipelineClient.connect({ env: process.env }).then((client) => client.close()).then(() => console.log('closed'));
  `;
  const env = { ...environment(), OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  expect(execFileSync(process.execPath, ['-e', script], { cwd: service, encoding: 'utf8', env })).toBe('closed\n');
});

test.each(KINDS)("the README's example makes an image in %s", async (kind) => {
  const id = `banner-${kind.toLowerCase()}`;
  const example = codeBlock('README.md', /ImagePipelineClient\.connect/).replaceAll('banner-1', id);
  const file = writeExample(service, 'readme', `${example}\nawait client.close();\n`, kind);
  const [stored = '', sha256 = ''] = (await runExample(file)).trim().split(' ');
  expect(stored).toContain(id);
  expect(existsSync(stored)).toBe(true);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

test.each(KINDS)(
  'the example of a batch runs in %s: rows from an array, followed results, one redrive',
  async (kind) => {
    const id = `spring-${kind.toLowerCase()}`;
    // Once: the redrive makes it.
    emulator.script({ match: { promptIncludes: 'product 7,' }, times: 1, then: { failJob: 'INPUT_INVALID' } });
    const example = codeBlock('docs/library.md', 'batch.ts')
      .replaceAll("'spring'", `'${id}'`)
      .replaceAll('sku-', `${id}-`);
    const printed = await runExample(writeExample(service, 'batch', example, kind));
    const [plan, ...lines] = printed.trim().split('\n');
    expect(plan).toBe('100 submissions, 0 duplicates, 0 problems');
    expect(lines.filter((line) => / succeeded \S+\.webp$/.test(line))).toHaveLength(99);
    expect(lines).toContain(`${id}-7 failed INPUT_INVALID`);
    expect((await client.batch(id).status()).counts).toMatchObject({ total: 100, succeeded: 100 });
  },
);

test.each(KINDS)('the example for tests runs in %s', async (kind) => {
  await runExample(writeExample(host, 'emulator', codeBlock('docs/library.md', 'emulator.ts'), kind));
});

test("a worker of one's own makes images for its own workflows, by the plugin", async () => {
  const { workflow } = client.temporal;
  const paidBefore = emulator.ledger().accepted;
  const stop = startWorkerExample(codeBlock('docs/library.md', 'worker.ts'), 'CommonJS');

  const files = await workflow.execute('campaign', { taskQueue: QUEUE, workflowId: 'campaign', args: ['port'] });
  const stored = path.join(host, 'store', 'items');
  expect(files).toEqual([path.join(stored, 'port-dawn.webp'), path.join(stored, 'port-night.webp')]);
  const scenes = ['a quay', 'a gull {{MODEL_ERROR x1}}'];
  const args = ['story', scenes];
  const outcomes = await workflow.execute('storyboard', { taskQueue: QUEUE, workflowId: 'storyboard', args });
  expect(outcomes).toEqual(['succeeded', 'succeeded']);
  expect(readdirSync(stored)).toEqual(expect.arrayContaining(['story-0.webp', 'story-1.webp']));
  // Two children, two inline, and the one that its directive made fail once.
  expect(emulator.ledger().accepted - paidBefore).toBe(5);

  const batchArgs = ['autumn', ['lamp', 'chair', 'rug']];
  const passed = { taskQueue: QUEUE, workflowId: 'catalogue', args: batchArgs };
  expect(await workflow.execute('catalogue', passed)).toBe(3);
  const folder = path.join(host, 'store');
  const storing = await ImagePipelineClient.connect({ env: server.env, store: folder, taskQueue: QUEUE });
  const row = (key: string) => ({ key, prompt: `${key}, on white`, width: 64, height: 64 });
  // The same rows are the same batch, by every way to start it.
  const again = await storing.startBatch({ id: 'autumn', rows: ['lamp', 'chair', 'rug'].map(row) });
  expect(again.alreadyStarted).toBe(true);
  expect(await again.result()).toMatchObject({ state: 'completed', counts: { succeeded: 3, total: 3 } });
  const winter = await storing.storeBatch({ id: 'winter', rows: ['scarf', 'sledge'].map(row), concurrency: 2 });
  expect(await workflow.execute('season', { taskQueue: QUEUE, workflowId: 'season', args: [winter] })).toBe(2);
  const runs = (type: string, ...given: readonly unknown[]) =>
    workflow.execute(type, { taskQueue: QUEUE, workflowId: `run-${type}`, args: given });
  expect(await runs('portrait', 'hat')).toBe(path.join(stored, 'hat-cut.png'));
  const request = { input_image: await drawPhoto() };
  const photo = await storing.storeInputs({ operation: 'background/remove/image', request });
  expect(await runs('cutOut', 'photo-cut', photo)).toBe(path.join(stored, 'photo-cut.png'));
  await storing.close();

  const patient = await ImagePipelineClient.connect({ env: server.env, account: 'patient' });
  await patient.account().hold('a test');
  const handle = await workflow.start('patient', { taskQueue: QUEUE, workflowId: 'patient', args: [] });
  const isHolder = async () => (await patient.account().status()).holders.some(({ id }) => id === 'patient');
  await until('it waits for its turn', isHolder);
  await handle.signal('giveUp');
  await until('it waits no more', async () => !(await isHolder()));
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
  await patient.close();

  await until('every permit is back', async () => (await client.account().status()).inFlight === 0);
  await stop();
});

test('a worker without workflows of its own gets ours by the plugin, in ESM', async () => {
  const withoutOwn = codeBlock('docs/library.md', 'worker.ts').replace(/^ *workflowsPath: .*\n/m, '');
  const taskQueue = 'images-only';
  const stop = startWorkerExample(withoutOwn.replace("'campaigns'", `'${taskQueue}'`), 'ESM');
  const env = server.env;
  const another = await ImagePipelineClient.connect({ env, taskQueue, account: 'another' });
  const image = await another.startImage({ id: 'by-plugin', request: { prompt: 'a mole', width: 64, height: 64 } });
  expect((await image.result()).outcome).toBe('succeeded');
  await another.close();
  await stop();
});

test('an activity with the name of one of ours is refused', () => {
  const plugin = new ImagePipelinePlugin({
    apiKey: 'k',
    baseUrl: 'https://localhost',
    bounds: NO_BOUNDS,
    store: 'store',
  });
  const options = { taskQueue: QUEUE, activities: { submitJob: () => 'of another' } };
  expect(() => plugin.configureWorker(options)).toThrow(/already has activities named submitJob/);
});

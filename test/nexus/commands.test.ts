/** How an operator and a team with a worker of its own serve the Nexus service. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { ImagePipelinePlugin } from '../../worker';
import { TASK_QUEUE } from '../../workflows/messages';
import { runInside } from '../cli/cli-inside';
import { startCli } from '../cli/cli-process';
import { quiet } from '../support/quiet';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal } from '../support/temporal';
import { type CallerNamespace, startCallerNamespace } from './caller-namespace';

const REQUEST = { prompt: 'a red bicycle', width: 64, height: 64 };

let rig: Rig;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  quiet();
  rig = await startRig({ worker: false });
  env = rig.server.env;
});
afterAll(() => rig.close());

async function withCaller(taskQueue: string, use: (caller: CallerNamespace) => Promise<void>): Promise<void> {
  const caller = await startCallerNamespace(rig.server, taskQueue);
  try {
    await use(caller);
  } finally {
    await caller.close();
  }
}

test('setup creates the endpoint once, and never leads one elsewhere', async () => {
  const name = `endpoint-${process.pid}`;
  const create = (more: Readonly<Record<string, string>> = {}) =>
    runInside(['setup', '--nexus', name], tempFolder(), { ...env, ...more });
  expect(await create()).toMatchObject({ code: 0, stdout: `endpoint ${name}: created\n` });
  expect(await create()).toMatchObject({ code: 0, stdout: `endpoint ${name}: exists\n` });
  const other = await startTestTemporal();
  const refused = await create(other.env);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain(`in namespace "${rig.server.namespace}"; choose another name`);
  await other.stop();
  const bad = await runInside(['setup', '--nexus', '5 words'], tempFolder(), env);
  expect(bad.code).toBe(2);
  expect(bad.stderr).toMatch(/refuses to create the endpoint 5 words \(.*target task queue "imagepipeline"/);
});

test('a worker serves it with --nexus', async () => {
  const provider = { IMAGEPIPELINE_API_KEY: rig.emulator.apiKey, IMAGEPIPELINE_BASE_URL: rig.emulator.url };
  const worker = startCli(['worker', '--nexus'], tempFolder(), { ...env, ...provider, IMAGEPIPELINE_STORE: rig.store });
  try {
    expect(await worker.seen(/^ready/m)).toContain(
      'serves the Nexus service "imagepipeline" on task queue "imagepipeline"',
    );
    await withCaller(TASK_QUEUE, async (caller) => {
      expect(await caller.call('runItem', { id: 'by-command', request: REQUEST })).toMatchObject({
        outcome: 'succeeded',
      });
    });
  } finally {
    worker.child.kill('SIGTERM');
    expect(await worker.finished).toMatchObject({ code: 0 });
  }
});

test('the plugin serves it on the task queue of its worker', async () => {
  const connection = await NativeConnection.connect({ address: rig.server.address });
  const worker = await Worker.create({
    connection,
    namespace: rig.server.namespace,
    taskQueue: 'campaigns',
    plugins: [new ImagePipelinePlugin(rig.settings, { nexus: true })],
  });
  const stopped = worker.run();
  try {
    await withCaller('campaigns', async (caller) => {
      // The governor of the default account is on the queue of the worker that has stopped.
      const input = { id: 'by-plugin', request: REQUEST, account: 'campaigns' };
      expect(await caller.call('runItem', input)).toMatchObject({ outcome: 'succeeded' });
    });
  } finally {
    worker.shutdown();
    await stopped;
    await connection.close();
  }
});

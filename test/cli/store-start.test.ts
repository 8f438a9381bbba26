/** A store that cannot be used when a process starts: nothing is taken that could not be kept, and so nothing is paid. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startStubS3 } from '../activities/store/stub-s3';
import { start } from '../support/images';
import { closedPort } from '../support/provider';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { runInside } from './cli-inside';
import { type CliProcess, runCli, startCli } from './cli-process';

const GATEWAY = {
  IMAGEPIPELINE_CALLBACK_SECRET: 's'.repeat(32),
  IMAGEPIPELINE_API_TOKENS: `me:${'t'.repeat(32)}`,
  IMAGEPIPELINE_GATEWAY_PORT: '0',
  IMAGEPIPELINE_API_PORT: '0',
};

let rig: Rig;
const started: CliProcess[] = [];

beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ finished }) => finished));
  await rig.close();
});

/** Where the folder of single items should be there is a file. */
function spoiledStore(): { readonly store: string; readonly mend: () => void } {
  const store = path.join(tempFolder(), 'store');
  mkdirSync(store);
  const images = path.join(store, 'items');
  writeFileSync(images, 'no folder');
  return { store, mend: () => rmSync(images) };
}

function envWith(store: string, more: Record<string, string> = {}): Record<string, string> {
  const { emulator, server } = rig;
  const provider = { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: emulator.url };
  return { ...server.env, ...provider, IMAGEPIPELINE_STORE: store, ...more } as Record<string, string>;
}

test('a worker says so, takes no work, is not ready, and continues automatically once the store is well', async () => {
  const { store, mend } = spoiledStore();
  const port = await closedPort();
  const image = await start(rig.client, 'waits-for-the-store');
  const worker = startCli(['worker'], tempFolder(), envWith(store, { IMAGEPIPELINE_METRICS_PORT: String(port) }));
  started.push(worker);
  const output = await worker.seen(/takes no work(.|\n)*takes no work/);
  expect(output).toContain(path.join(store, 'items'));
  expect(output).toMatch(/remove the file that is in place of a folder, or set IMAGEPIPELINE_STORE to another folder/);
  expect(output).not.toMatch(/^ready/m);
  const fetchStatus = async (route: string) => (await fetch(`http://127.0.0.1:${port}${route}`)).status;
  expect([await fetchStatus('/healthz'), await fetchStatus('/readyz')]).toEqual([200, 503]);
  expect(rig.emulator.ledger()).toMatchObject({ submits: 0, accepted: 0 });
  mend();
  await worker.seen(/^ready/m);
  expect((await image.result()).result.file).toBe(path.join(store, 'items', 'waits-for-the-store.png'));
  await until('it is ready', async () => (await fetchStatus('/readyz')) === 200);
  expect(rig.emulator.ledger().accepted).toBe(1);
  worker.child.kill('SIGTERM');
  expect((await worker.finished).code).toBe(0);
});

test('a worker that waits for its store ends when it is asked to', async () => {
  const worker = startCli(['worker'], tempFolder(), envWith(spoiledStore().store));
  started.push(worker);
  await worker.seen(/takes no work/);
  worker.child.kill('SIGTERM');
  expect((await worker.finished).code).toBe(0);
});

test('dev and a gateway that serves the API end with exit code 2', async () => {
  const { store } = spoiledStore();
  const folder = tempFolder();
  const free = ['--port', '0', '--ui-port', '0', '--data-dir', path.join(folder, 'data')];
  const dev = await runCli(['dev', ...free], folder, { IMAGEPIPELINE_STORE: store });
  expect({ code: dev.code, stderr: dev.stderr }).toEqual({ code: 2, stderr: expect.stringContaining(store) });
  const file = path.join(folder, 'a-file');
  writeFileSync(file, '');
  const gateway = await runInside(['gateway'], folder, envWith(path.join(file, 'store'), GATEWAY));
  expect({ code: gateway.code, stderr: gateway.stderr }).toEqual({ code: 2, stderr: expect.stringContaining(file) });
});

test('a bucket whose server ignores conditional writes is refused by worker, dev and gateway', async () => {
  const REFUSAL = /ignores "If-None-Match: \*".*use a server that supports conditional writes/;
  const { url } = await startStubS3(true);
  const access = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', IMAGEPIPELINE_S3_ENDPOINT: url };
  const env = envWith('s3://some-bucket/p', { ...access, ...GATEWAY });
  const folder = tempFolder();
  await start(rig.client, 'is-never-taken');
  const worker = startCli(['worker'], folder, env);
  started.push(worker);
  // It has tried twice, and polls nothing.
  const output = await worker.seen(/takes no work(.|\n)*takes no work/);
  expect(output).toMatch(REFUSAL);
  expect(output).not.toMatch(/^ready/m);
  expect(rig.emulator.ledger().jobs.filter(({ prompt }) => prompt.includes('is-never-taken'))).toEqual([]);
  const dev = ['dev', '--port', '0', '--ui-port', '0', '--data-dir', path.join(folder, 'data')];
  for (const command of [dev, ['gateway']]) {
    const { code, stderr } = await runCli(command, folder, env);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(REFUSAL) });
  }
  worker.child.kill('SIGTERM');
  await worker.finished;
});

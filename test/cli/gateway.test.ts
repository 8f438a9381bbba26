/** The gateway as a command, and inside `dev`. */
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { callbacksFor } from '../../cli/dev/callback-choice';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { runInside } from './cli-inside';
import { startCli, startDev } from './cli-process';

const SECRET = 'never-to-be-shown-'.repeat(3);
const API_TOKEN = 'token-of-the-http-api';
const REACHED = { IMAGEPIPELINE_CALLBACK_URL: 'https://hooks.example.com' };
const NOBODY = '127.0.0.1:1';

test('every setting that is wrong is named at once, without showing a secret', async () => {
  const env = {
    IMAGEPIPELINE_CALLBACK_SECRET: `${SECRET},short-secret`,
    IMAGEPIPELINE_GATEWAY_PORT: '70000',
    IMAGEPIPELINE_API_TOKENS: 'short-token',
  };
  const { code, stdout, stderr } = await runInside(['gateway'], tempFolder(), env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  for (const name of Object.keys(env)) expect(stderr).toContain(name);
  for (const secret of ['never-to-be-shown', 'short-secret', 'short-token']) expect(stderr).not.toContain(secret);
});

test('a worker that is to ask for callbacks needs a secret and a public address', async () => {
  const env = {
    IMAGEPIPELINE_API_KEY: 'ip_live_x',
    IMAGEPIPELINE_CALLBACK_URL: 'http://hooks.example.com',
    IMAGEPIPELINE_READ_COST: '80',
  };
  const { code, stderr } = await runInside(['worker'], tempFolder(), env);
  expect(code).toBe(2);
  for (const name of ['IMAGEPIPELINE_CALLBACK_URL', 'IMAGEPIPELINE_CALLBACK_SECRET', 'IMAGEPIPELINE_READ_COST']) {
    expect(stderr).toContain(name);
  }
});

test('dev cannot ask the real provider to call back to this machine', async () => {
  const env = { IMAGEPIPELINE_API_KEY: 'ip_live_x' };
  const { code, stderr } = await runInside(['dev', '--callbacks'], tempFolder(), env);
  expect({ code, named: stderr.includes('IMAGEPIPELINE_CALLBACK_URL') }).toEqual({ code: 2, named: true });
});

test.each<[string, Parameters<typeof callbacksFor>, boolean, RegExp]>([
  ['the emulator', [{ worker: true }, {}, true], true, /^/],
  ['the emulator and --no-callbacks', [{ worker: true, callbacks: false }, {}, true], false, /--no-callbacks/],
  ['a real key', [{ worker: true }, {}, false], false, /IMAGEPIPELINE_CALLBACK_URL is not set/],
  ['a real key and an address', [{ worker: true }, REACHED, false], true, /^/],
  ['a real key, an address and --no-callbacks', [{ worker: true, callbacks: false }, REACHED, false], false, /--no-c/],
  ['a worker of its own', [{ worker: false }, {}, true], false, /--no-worker/],
  ['a worker of its own and --callbacks', [{ worker: false, callbacks: true }, {}, true], true, /^/],
])('with %s dev knows whether it asks for callbacks, and says so', (_what, given, isOn, words) => {
  const { options, off } = callbacksFor(...given);
  expect(options !== null).toBe(isOn);
  expect(off).toMatch(words);
});

test('dev asks the provider to call the address that is set, and serves the API where there are tokens', async () => {
  const folder = tempFolder();
  const taken = createServer((request, response) => {
    called.push(request.url ?? '');
    response.end();
  });
  const called: string[] = [];
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const url = `http://127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const env = { IMAGEPIPELINE_CALLBACK_URL: url, IMAGEPIPELINE_API_TOKENS: API_TOKEN, IMAGEPIPELINE_API_PORT: '0' };
  const dev = await startDev(folder, [], env);
  expect(dev.cli.text()).toContain(`requested at ${url}, which must forward to http`);
  const [, api = ''] = /HTTP API +(http:\S+)/.exec(dev.cli.text()) ?? [];
  const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ id: 'over-http', request: { prompt: 'a bird', width: 64, height: 64 } });
  expect((await fetch(`${api}/v1/images`, { method: 'POST', headers, body })).status).toBe(202);
  await until('the address was called', () => called.length > 0);
  expect(called[0]).toMatch(/^\/callbacks\//);
  const { code, stdout } = await runInside(
    ['generate', 'a bird', '--width', '64', '--height', '64', '--id', 'over-http'],
    folder,
    dev.env,
  );
  expect({ code, stored: existsSync(stdout.trim()) }).toEqual({ code: 0, stored: true });
  // The API finds results in the store of `dev`.
  const larger = { operation: 'upscale/image', request: { input_image: 'item:over-http', scale: 2 } };
  const started = await fetch(`${api}/v1/items`, { method: 'POST', headers, body: JSON.stringify(larger) });
  expect([started.status, await started.json()]).toEqual([202, expect.anything()]);
  expect(await dev.stop()).toBe(0);
  taken.close();
});

test('the first commands of docs/http-api.md work as they stand: the API needs no secret of the callbacks', async () => {
  const folder = tempFolder();
  const dev = await startDev(folder, ['--no-callbacks']);
  const env = { ...dev.env, IMAGEPIPELINE_API_TOKENS: API_TOKEN, IMAGEPIPELINE_API_PORT: '0' };
  const gateway = startCli(['gateway', '--gateway-port', '0'], folder, env);
  const text = await gateway.seen(/^ready/m);
  expect(text).toContain('accepts no callbacks (IMAGEPIPELINE_CALLBACK_SECRET is not set)');
  const [, api = ''] = /serves the API at (\S+)/.exec(text) ?? [];
  const headers = { authorization: `Bearer ${API_TOKEN}` };
  expect((await fetch(`${api}/v1/batches/nobody`, { headers })).status).toBe(404);
  expect(text).toContain(`dashboard at ${api}/dashboard\n`);
  gateway.child.kill('SIGTERM');
  expect((await gateway.finished).code).toBe(0);
  expect(await dev.stop()).toBe(0);
});

test.each([
  ['nothing', {}],
  [
    'an address for callbacks',
    { IMAGEPIPELINE_API_TOKENS: API_TOKEN, IMAGEPIPELINE_CALLBACK_URL: 'https://x.example' },
  ],
])('with %s the gateway wants the secret of the callbacks', async (_what, env) => {
  const { code, stderr } = await runInside(['gateway'], tempFolder(), env);
  expect({ code, named: stderr.includes('IMAGEPIPELINE_CALLBACK_SECRET is not set') }).toEqual({
    code: 2,
    named: true,
  });
});

test('without a server the gateway does not start', async () => {
  const env = { IMAGEPIPELINE_CALLBACK_SECRET: SECRET, TEMPORAL_ADDRESS: NOBODY };
  const { code, stderr } = await runInside(['gateway', '--gateway-port', '0'], tempFolder(), env);
  expect(code).toBe(2);
  expect(stderr).toContain(NOBODY);
});

test('dev with the emulator requests callbacks unless --no-callbacks is set; they arrive, and its secret outlives a restart', async () => {
  const folder = tempFolder();
  const dev = await startDev(folder);
  expect(dev.cli.text()).toMatch(/Callbacks +requested, gateway at http:/);
  const small = ['--width', '64', '--height', '64'];
  expect((await runInside(['generate', 'called back', ...small], folder, dev.env)).code).toBe(0);
  const ledger = async () => (await (await fetch(`${dev.emulatorUrl}/_emulator/ledger`)).json()) as Ledger;
  await until('the callback was delivered', async () => (await ledger()).webhooks.delivered === 1);
  const secretFile = path.join(folder, 'data', 'callback-secret');
  const secret = readFileSync(secretFile, 'utf8');
  expect(statSync(secretFile).mode & 0o077).toBe(0);

  const tokens = path.join(folder, 'tokens');
  writeFileSync(tokens, `${API_TOKEN}\n`);
  const env = {
    ...dev.env,
    IMAGEPIPELINE_CALLBACK_SECRET: secret.trim(),
    IMAGEPIPELINE_API_TOKENS_FILE: tokens,
    IMAGEPIPELINE_API_PORT: '0',
  };
  const gateway = startCli(['gateway', '--gateway-port', '0'], folder, env);
  const [, url = '', api = ''] =
    /callbacks at (http:[^,\s]+), serves the API at (\S+)/.exec(await gateway.seen(/^ready/m)) ?? [];
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/callbacks/forged`, { method: 'POST' })).status).toBe(404);
  const headers = { authorization: `Bearer ${API_TOKEN}` };
  expect((await fetch(`${api}/v1/account`, { headers })).status).toBe(200);
  expect((await fetch(`${api}/callbacks/forged`, { method: 'POST', headers })).status).toBe(404);
  expect((await fetch(`${url}/v1/account`, { headers })).status).toBe(404);
  gateway.child.kill('SIGTERM');
  const end = await gateway.finished;
  expect({ code: end.code, counted: end.stderr.includes('1 forged') }).toEqual({ code: 0, counted: true });

  expect(await dev.stop()).toBe(0);
  const again = await startDev(folder, ['--no-callbacks']);
  expect(again.cli.text()).toMatch(/Callbacks +off \(--no-callbacks\)/);
  expect((await runInside(['generate', 'not called back', ...small], folder, again.env)).code).toBe(0);
  const jobs = ((await (await fetch(`${again.emulatorUrl}/_emulator/ledger`)).json()) as Ledger).jobs;
  expect(jobs.map(({ callbacks }) => callbacks.length)).toEqual([1, 0]);
  expect(await again.stop()).toBe(0);
  expect(readFileSync(secretFile, 'utf8')).toBe(secret);
});

interface Ledger {
  readonly webhooks: { readonly delivered?: number };
  readonly jobs: readonly { readonly callbacks: readonly unknown[] }[];
}

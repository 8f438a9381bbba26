/** Every check is seen to pass where all is well, and to fail where the one thing that it looks at is wrong. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { ImagePipelineClient } from '../../client';
import { type Emulator, startEmulator } from '../../emulator';
import { type Gateway, startGateway } from '../../gateway';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { until } from '../support/until';
import { runInside } from './cli-inside';
import { type CliProcess, startCli } from './cli-process';

interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly { check: string; state: string; found: string; remedy?: string }[];
}

const CHECKS = [
  'settings',
  'server',
  'namespace',
  'workers',
  'encryption',
  'key',
  'clock',
  'store',
  'match',
  'callbacks',
];
const SECRET = 'secret-of-the-tests-and-of-nothing-else';
const KEY = randomBytes(32).toString('base64');

const folder = tempFolder();
let server: TestTemporal;
let emulator: Emulator;
let client: ImagePipelineClient;
let gateway: Gateway;
let worker: CliProcess;
let env: Readonly<Record<string, string>>;
const strangers: Server[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  server = await startTestTemporal();
  const temporal = { ...server.env, IMAGEPIPELINE_ENCRYPTION_KEYS: `tests:${KEY}` };
  client = await ImagePipelineClient.connect({ env: temporal });
  gateway = await startGateway({ secrets: [SECRET], host: '127.0.0.1', port: 0 }, client.temporal, () => undefined);
  env = {
    ...temporal,
    IMAGEPIPELINE_API_KEY: emulator.apiKey,
    IMAGEPIPELINE_BASE_URL: emulator.url,
    IMAGEPIPELINE_STORE: 'store',
    IMAGEPIPELINE_CALLBACK_URL: gateway.url,
    IMAGEPIPELINE_CALLBACK_SECRET: SECRET,
  };
});

afterAll(async () => {
  worker.child.kill('SIGTERM');
  await worker.finished;
  for (const stranger of strangers) stranger.close();
  await Promise.all([gateway.close(), emulator.close()]);
  await client.close();
  await server.stop();
});

async function runDoctor(
  changed: Readonly<Record<string, string>> = {},
): Promise<DoctorReport & { code: number | null }> {
  const { code, stdout } = await runInside(['doctor', '--json'], folder, { ...env, ...changed });
  return { code, ...(JSON.parse(stdout) as DoctorReport) };
}

/** A web server that answers everything alike. */
async function stranger(status: number, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const one = createServer((_request, response) => response.writeHead(status, headers).end('{}'));
  strangers.push(one);
  await once(one.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

function failedIn({ checks }: DoctorReport): Record<string, string> {
  const failed = checks.filter(({ state }) => state === 'failed');
  for (const { remedy } of failed) expect(remedy).toBeTruthy();
  return Object.fromEntries(failed.map(({ check, found }) => [check, found]));
}

test('without a worker the queue has no poller, and encryption is unknown', async () => {
  const findings = await runDoctor();
  expect(findings).toMatchObject({ code: 2, ok: false });
  expect(findings.checks.map(({ check }) => check)).toEqual(CHECKS);
  expect(failedIn(findings)).toEqual({ workers: expect.stringContaining('0 for workflows, 0 for activities') });
  expect(findings.checks.find(({ check }) => check === 'encryption')).toMatchObject({
    state: 'skipped',
    found: expect.stringContaining('nothing was submitted yet with the account "default"'),
  });
});

test('where all is well every line says so, and nothing was paid or left behind', async () => {
  worker = startCli(['worker'], folder, env);
  await worker.seen(/^ready/m);
  const image = await client.startImage({ id: 'first', request: { prompt: 'a bird', width: 64, height: 64 } });
  await image.result();
  await until('the workers are seen', async () => (await runDoctor()).ok);

  const { code, stdout, stderr } = await runInside(['doctor'], folder, env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ +/).slice(0, 2))).toEqual(CHECKS.map((check) => ['✓', check]));
  expect(stdout).toContain('this shell can read the workers\' key "tests"');
  for (const secret of [emulator.apiKey, SECRET, KEY]) expect(stdout).not.toContain(secret);
  expect(emulator.ledger().accepted).toBe(1);
  expect(existsSync(path.join(folder, 'store', 'doctor'))).toBe(false);
  expect(readdirSync(path.join(folder, 'store', '.incoming'))).toEqual([]);
});

const WRONG: readonly (readonly [string, () => Promise<Record<string, string>> | Record<string, string>, RegExp])[] = [
  ['server', () => ({ TEMPORAL_ADDRESS: '127.0.0.1:1' }), /no Temporal server answers at 127\.0\.0\.1:1/],
  ['key', () => ({ IMAGEPIPELINE_API_KEY: 'ip_live_wrong' }), /rejects the key/],
  ['store', () => ({ IMAGEPIPELINE_STORE: aFile() }), /cannot write .*ENOTDIR/],
  ['encryption', () => ({ IMAGEPIPELINE_ENCRYPTION_KEYS: '' }), /"tests"/],
  ['encryption', () => ({ IMAGEPIPELINE_ENCRYPTION_KEYS: `tests:${'A'.repeat(43)}=` }), /tests/],
  ['callbacks', () => ({ IMAGEPIPELINE_CALLBACK_URL: 'http://127.0.0.1:1' }), /cannot be reached from this host/],
  ['callbacks', () => ({ IMAGEPIPELINE_CALLBACK_SECRET: `another ${SECRET}` }), /answers a callback with 404/],
  ['callbacks', async () => ({ IMAGEPIPELINE_CALLBACK_URL: await stranger(200) }), /it is not the gateway/],
];

test.each(WRONG)('what is wrong with %s is found there and nowhere else', async (check, wrong, words) => {
  const findings = await runDoctor(await wrong());
  // Other settings than those of the workers differ from theirs, too.
  const { match: _match, ...failed } = failedIn(findings);
  expect(failed).toEqual({ [check]: expect.stringMatching(words) });
  expect(findings.code).toBe(2);
});

test.each([
  [
    'store',
    { IMAGEPIPELINE_STORE: 'elsewhere' },
    /^the workers use the store .*\/store; IMAGEPIPELINE_STORE is .*\/elsewhere here$/,
  ],
  ['key', { IMAGEPIPELINE_API_KEY: 'ip_live_wrong' }, /^the workers use another API key than this shell$/],
  [
    'address',
    { IMAGEPIPELINE_BASE_URL: 'http://127.0.0.1:1' },
    /^the workers send jobs to .*; IMAGEPIPELINE_BASE_URL is http:\/\/127\.0\.0\.1:1 here$/,
  ],
])('another %s than that of the workers is named', async (_what, changed, words) => {
  const { match } = failedIn(await runDoctor(changed));
  expect(match).toMatch(words);
});

test('the key itself is in no history', async () => {
  const described = await client.describeWorker();
  expect(described?.provider).toEqual({ baseUrl: emulator.url, keyHash: expect.stringMatching(/^[0-9a-f]{12}$/) });
  expect(JSON.stringify(described)).not.toContain(emulator.apiKey);
});

test('a namespace that is not there has no workers either', async () => {
  const failed = failedIn(await runDoctor({ TEMPORAL_NAMESPACE: 'nowhere' }));
  expect(failed).toMatchObject({ namespace: '"nowhere" does not exist' });
  expect(Object.keys(failed)).toEqual(['namespace', 'workers']);
});

test('every problem of the settings is named, and only what needs them is left out', async () => {
  const findings = await runDoctor({ IMAGEPIPELINE_MAX_RATE: 'fast', IMAGEPIPELINE_READ_COST: 'much' });
  expect(failedIn(findings)).toEqual({
    settings: expect.stringMatching(/IMAGEPIPELINE_READ_COST.*IMAGEPIPELINE_MAX_RATE/),
  });
  const skipped = findings.checks.filter(({ state }) => state === 'skipped').map(({ check }) => check);
  expect(skipped).toEqual(['key', 'clock']);
});

test('a shell without a key and without callbacks, as after the quick start, is all right while a worker polls', async () => {
  const findings = await runDoctor({
    IMAGEPIPELINE_API_KEY: '',
    IMAGEPIPELINE_BASE_URL: '',
    IMAGEPIPELINE_CALLBACK_URL: '',
  });
  expect(failedIn(findings)).toEqual({});
  expect(findings.code).toBe(0);
  const skipped = findings.checks.filter(({ state }) => state === 'skipped').map(({ check }) => check);
  expect(skipped).toEqual(['key', 'clock', 'callbacks']);
  // Where jobs go is the worker's to say.
  expect(JSON.stringify(findings)).not.toContain('api.imagepipeline.io');
  const { found } = findings.checks.find(({ check }) => check === 'match') ?? {};
  expect(found).toBe(`the worker that answered has the same settings, and sends jobs to ${emulator.url}`);
});

test('a shell that has a key and no address means the real API, and a worker that has another one is named', async () => {
  const { match } = failedIn(await runDoctor({ IMAGEPIPELINE_BASE_URL: '' }));
  expect(match).toBe(
    `the workers send jobs to ${emulator.url}; IMAGEPIPELINE_BASE_URL is https://api.imagepipeline.io here`,
  );
});

test('without a key and without a worker it is the key that is missing', async () => {
  const failed = failedIn(await runDoctor({ IMAGEPIPELINE_API_KEY: '', TEMPORAL_ADDRESS: '127.0.0.1:1' }));
  expect(Object.keys(failed)).toEqual(['server', 'key']);
});

test.each([
  [301, 'https://www.example.com', 'https://www.example.com/callbacks/'],
  [308, 'http://other.example:8080/hooks', 'http://other.example:8080/hooks/callbacks/'],
])('a redirect (%i) of the callbacks is reported with its target and without the token', async (status, to, words) => {
  const front = createServer((request, response) => response.writeHead(status, { location: to + request.url }).end());
  strangers.push(front);
  await once(front.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const { callbacks = '' } = failedIn(await runDoctor({ IMAGEPIPELINE_CALLBACK_URL: url }));
  expect(callbacks).toBe(`${url} answers a callback with ${status}, a redirect to ${words}`);
});

test('another server than the API is not taken for it, and its clock is compared', async () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const { match: _match, ...failed } = failedIn(
    await runDoctor({ IMAGEPIPELINE_BASE_URL: await stranger(404, { date }) }),
  );
  expect(failed).toEqual({
    key: expect.stringContaining('does not behave like the API'),
    clock: expect.stringMatching(/36\d\d s behind|3599 s behind/),
  });
});

/** Below it there can be no folder. */
function aFile(): string {
  const file = path.join(folder, 'a-file');
  writeFileSync(file, '');
  return path.join(file, 'store');
}

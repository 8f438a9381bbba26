/** `doctor --live` against the emulator: it agrees as it is, and each assumption is seen to differ where it is broken. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Emulator, startEmulator } from '../../emulator';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';

interface Line {
  readonly topic: string;
  readonly verdict: 'agrees' | 'differs' | 'unknown';
  readonly seen: string;
}

interface Report {
  readonly code: number | null;
  readonly ok: boolean;
  readonly lines: readonly Line[];
  readonly evidence: { readonly submissions: number; readonly untried: Readonly<Record<string, string>> };
  readonly printed: string;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
type Json = Readonly<Record<string, unknown>>;
type Alter = (path: string, reply: Reply) => Reply;

const folder = tempFolder();
const RESULT_TTL_MS = 1_500;
let emulator: Emulator;
let front: Server;
let frontUrl: string;
let alter: Alter;

beforeAll(async () => {
  emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 }, resultTtlMs: RESULT_TTL_MS });
  front = createServer((request, response) => {
    void pass(request).then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  frontUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await emulator.close();
});
beforeEach(() => {
  alter = (_path, reply) => reply;
});

/** Asks the emulator, and alters its answer. Results pass here too. */
async function pass(request: IncomingMessage): Promise<Reply> {
  const { method = 'GET', url = '', headers } = request;
  const answer = await fetch(emulator.url + url, {
    method,
    headers: { 'x-api-key': String(headers['x-api-key'] ?? ''), 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: await text(request) } : {}),
  });
  const type = answer.headers.get('content-type') ?? 'text/plain';
  const bytes = Buffer.from(await answer.arrayBuffer());
  const body = type.includes('json') ? Buffer.from(bytes.toString().replaceAll(emulator.url, frontUrl)) : bytes;
  return alter(url, { status: answer.status, headers: { 'content-type': type }, body });
}

async function freePort(): Promise<number> {
  const socket = createSocket().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
}

async function check(...flags: readonly string[]): Promise<Report> {
  const env = { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: frontUrl };
  const args = ['doctor', '--live', '--json', '--max-submissions', '2', ...flags];
  const { code, stdout, stderr } = await runInside(args, folder, env);
  return { code, printed: stdout + stderr, ...(JSON.parse(stdout) as Omit<Report, 'code' | 'printed'>) };
}

const find = ({ lines }: Report, topic: string) => lines.find((line) => line.topic === topic);
const json = (change: (body: Json) => Json) => (reply: Reply) => {
  const body = change(JSON.parse(reply.body.toString()) as Json);
  return { ...reply, body: Buffer.from(JSON.stringify(body)) };
};
const status = (code: number) => (reply: Reply) => ({ ...reply, status: code });
const PATH = '/generate/image/v1';

test('everything agrees with the emulator, within the cap, and shows no key, prompt or address', async () => {
  const port = await freePort();
  const callbacks = ['--callback-url', `http://127.0.0.1:${port}/public`, '--callback-port', String(port)];
  const operations = ['--operation', 'generate/image', 'upscale/image', 'generate/speech', 'identity/voice/clone'];
  const report = await check(...callbacks, ...operations);
  expect(report.lines.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
  expect(report).toMatchObject({ code: 0, ok: true, evidence: { submissions: 2 } });
  expect(report.evidence.untried).toEqual({
    'generate/speech': 'would exceed the maximum of 2 submissions',
    'identity/voice/clone': 'needs an audio file as its input',
  });
  expect(find(report, 'callback')).toMatchObject({ verdict: 'agrees' });
  expect(find(report, 'invalid-request')).toMatchObject({ verdict: 'unknown' });
  expect(emulator.ledger().submits).toBe(2);
  for (const secret of [emulator.apiKey, 'grey circle', 'signature=', '/public/']) {
    expect(report.printed).not.toContain(secret);
  }
});

const onStatus = (change: (reply: Reply) => Reply) => (path: string, reply: Reply) =>
  path.startsWith(`${PATH}/status/`) && reply.status === 200 ? change(reply) : reply;
const onSubmit = (change: (reply: Reply) => Reply) => (path: string, reply: Reply) =>
  path === PATH && reply.status === 200 ? change(reply) : reply;
const onPath = (wanted: string, change: (reply: Reply) => Reply) => (path: string, reply: Reply) =>
  path === wanted ? change(reply) : reply;
let downloads = 0;
let reads = 0;

const BROKEN: readonly (readonly [string, string, Alter, string])[] = [
  ['health', 'another status', onPath('/health', status(500)), 'HTTP 500'],
  ['event-schema', 'another status', onPath('/webhooks/event-schema', status(404)), 'HTTP 404'],
  ['invalid-key', '403', (_path, reply) => (reply.status === 401 ? status(403)(reply) : reply), 'FORBIDDEN'],
  [
    'unknown-job',
    '400',
    (path, reply) => (path.endsWith('imagepipeline-doctor') ? status(400)(reply) : reply),
    'HTTP 400',
  ],
  ['invalid-request', '200', (_path, reply) => (reply.status === 422 ? status(200)(reply) : reply), 'taken as unknown'],
  ['submit', 'no job id', onSubmit(json(() => ({ status: 'queued' }))), 'taken as unknown'],
  ['submit-fields', 'a new field', onSubmit(json((body) => ({ ...body, region: 'eu' }))), 'region: string'],
  [
    'states',
    'a new state',
    onStatus(json((body) => (reads++ === 0 ? { ...body, status: 'thinking' } : body))),
    'thinking → completed',
  ],
  ['status-fields', 'a new field', onStatus(json((body) => ({ ...body, etag: 1 }))), 'etag: number'],
  [
    'end',
    'a failure',
    onStatus(json((body) => ({ ...body, status: 'failed', failure_reason_code: 'MODEL_ERROR' }))),
    'failed with MODEL_ERROR',
  ],
  [
    'charge',
    'none',
    onStatus(json(({ credits_amount: _amount, credits_charged: _charged, ...body }) => body)),
    'no charge',
  ],
  [
    'expiry',
    'a later one',
    onStatus(json((body) => ({ ...body, result_url: `${frontUrl}/results/x?expires=${Date.now() + 1e9}` }))),
    'h after the read',
  ],
  [
    'download',
    'other bytes the second time',
    (path, reply) =>
      path.startsWith('/results/') && downloads++ === 1 ? { ...reply, body: Buffer.from('other') } : reply,
    'not the same twice',
  ],
  [
    'download',
    'a file that ends early',
    (path, reply) => (path.startsWith('/results/') ? { ...reply, body: reply.body.subarray(0, 200) } : reply),
    'the same twice',
  ],
  [
    'renewal',
    'a dead address',
    (path, reply) => (path.startsWith('/results/') ? status(403)(reply) : reply),
    'address',
  ],
];

test.each(BROKEN)('%s differs: %s', async (topic, _how, change, seen) => {
  alter = change;
  downloads = 0;
  reads = 0;
  const report = await check();
  expect(find(report, topic)).toMatchObject({ verdict: 'differs', seen: expect.stringContaining(seen) as string });
  expect(report).toMatchObject({ code: 2, ok: false });
});

test('a delay that the API asks for is shown', async () => {
  alter = onPath('/v1/user/plan', (reply) => ({ ...reply, status: 429, headers: { 'retry-after': '7' } }));
  expect(find(await check(), 'retry-after')).toEqual(expect.objectContaining({ verdict: 'agrees', seen: '7' }));
});

test('a callback that does not come is reported', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${await freePort()}`;
  const report = await check('--callback-url', url, '--callback-port', String(port));
  expect(find(report, 'callback')).toMatchObject({ verdict: 'differs', seen: 'generate/image: no callback' });
});

test('with --wait-expiry the expired address is refused, and a new read returns one that works', async () => {
  expect(find(await check('--wait-expiry'), 'after-expiry')).toMatchObject({
    verdict: 'agrees',
    seen: 'generate/image: expired address: HTTP 403; address of a new read: HTTP 200',
  });
});

test.each([
  [['doctor', '--live'], '--max-submissions must be'],
  [['doctor', '--max-submissions', '3'], '--max-submissions is for --live only'],
  [['doctor', '--live', '--max-submissions', '3', '--operation', 'generate/imag'], 'did you mean generate/image'],
  [['doctor', '--live', '--max-submissions', '3', '--callback-port', '80'], 'must be given together'],
])('%j is refused before anything is sent', async (args, problem) => {
  const env = { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: frontUrl };
  const { submits } = emulator.ledger();
  const { code, stderr } = await runInside(args, folder, env);
  expect(code).toBe(2);
  expect(stderr).toContain(problem);
  expect(emulator.ledger().submits).toBe(submits);
});

test('without a key nothing is tried', async () => {
  const { code, stderr } = await runInside(['doctor', '--live', '--max-submissions', '1'], folder, {});
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('IMAGEPIPELINE_API_KEY') as string,
  });
});

/** The second provider keeps to the published facts, and has nothing of the emulator. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { type SecondProvider, type SecondProviderOptions, startSecondProvider } from '../support/second-provider';
import { until } from '../support/until';

const FOLDER = path.join(__dirname, '..', 'support', 'second-provider');
const PATH = '/generate/image/v1';
/** Of the answers, what is looked at. */
interface Body {
  readonly job_id: string;
  readonly status: string;
  readonly result_url: string;
  readonly detail: readonly { readonly loc: readonly string[] }[];
}

const running: SecondProvider[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((provider) => provider.close()));
});

async function start(options: SecondProviderOptions = {}) {
  const provider = await startSecondProvider({ jobMs: 1, ...options });
  running.push(provider);
  const ask = async (where: string, body?: object, key = provider.apiKey) => {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(provider.url + where, { headers, ...sent });
    return { status: answer.status, body: (await answer.json()) as Body };
  };
  const ended = (jobId: string) =>
    until('the job has ended', async () => {
      const { body } = await ask(`${PATH}/status/${jobId}`);
      return body.status === 'queued' || body.status === 'processing' ? null : body;
    });
  return { provider, ask, ended };
}

test('imports nothing of the project', () => {
  const sources = readdirSync(FOLDER).map((file) => readFileSync(path.join(FOLDER, file), 'utf8'));
  const imported = sources.flatMap((source) => [...source.matchAll(/from '([^']+)'/g)].map(([, from = '']) => from));
  expect(imported.filter((from) => from.startsWith('..'))).toEqual([]);
});

test('a job goes from its acceptance to a signed result, and is charged then', async () => {
  const { provider, ask, ended } = await start();
  const { status, body } = await ask(PATH, { prompt: 'x', width: 16, height: 8, output_format: 'png' });
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'queued', endpoint: PATH } });
  const job = await ended(body.job_id);
  expect(job).toMatchObject({ status: 'completed', cost_usd: expect.any(Number) });
  const picture = await (await fetch(job.result_url)).arrayBuffer();
  expect(await sharp(Buffer.from(picture)).metadata()).toMatchObject({ format: 'png', width: 16, height: 8 });
  expect(provider.ledger()).toMatchObject({ submits: 1, accepted: 1, charged: 1, jobs: [{ charged: true }] });
});

test('the address of a result works only as it was signed, and for a while', async () => {
  const { ask, ended } = await start();
  const other = await start({ linkMs: 0 });
  const { body } = await ask(PATH, { prompt: 'x' });
  const link: string = (await ended(body.job_id)).result_url;
  expect((await fetch(link.replace('expires=', 'expires=9'))).status).toBe(403);
  const expired = (await other.ended((await other.ask(PATH, { prompt: 'x' })).body.job_id)).result_url;
  expect((await fetch(expired)).status).toBe(403);
});

test('refuses as published: a wrong key, wrong fields, a job that is not there', async () => {
  const { provider, ask } = await start();
  expect((await ask(PATH, { prompt: 'x' }, 'ip_live_wrong')).status).toBe(401);
  const { status, body } = await ask(PATH, { width: 5_000 });
  expect({ status, body }).toMatchObject({ status: 422, body: { detail: expect.any(Array) } });
  expect(body.detail.map(({ loc }) => loc)).toEqual([
    ['body', 'prompt'],
    ['body', 'width'],
  ]);
  expect(await ask(`${PATH}/status/nobodys`)).toMatchObject({ status: 404, body: { error_code: 'NOT_FOUND' } });
  expect(provider.ledger()).toMatchObject({ accepted: 0, charged: 0 });
});

test('without credits a request is refused, or its job fails and costs nothing', async () => {
  const { provider, ask } = await start({ credits: 0 });
  expect(await ask(PATH, { prompt: 'x' })).toMatchObject({ body: { error_code: 'INSUFFICIENT_BALANCE' } });
  provider.setCredits(1);
  expect((await ask(PATH, { prompt: 'x' })).status).toBe(200);
  const late = await start({ credits: 0, whenShort: 'failed-job' });
  const job = await late.ended((await late.ask(PATH, { prompt: 'x' })).body.job_id);
  expect(job).toMatchObject({ status: 'failed', failure_reason_code: 'INSUFFICIENT_CREDITS', retryable: false });
  expect(late.provider.ledger()).toMatchObject({ accepted: 1, charged: 0 });
});

test('calls back when a job has ended, and once more where that was not taken', async () => {
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      response.writeHead(bodies.length === 1 ? 503 : 204).end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { provider, ask } = await start();
  const callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/told`;
  const { body } = await ask(PATH, { prompt: 'x', callback_url: callbackUrl });
  await until('it was taken', () => provider.ledger().jobs[0]?.callbacks.length === 2);
  receiver.close();
  expect(provider.ledger().jobs[0]?.callbacks).toEqual([503, 204]);
  expect(JSON.parse(bodies[1] ?? '')).toMatchObject({ job_id: body.job_id, status: 'completed' });
  const picture = await (await fetch(JSON.parse(bodies[1] ?? '').result_url)).arrayBuffer();
  expect(picture.byteLength).toBe(JSON.parse(bodies[1] ?? '').result_size_bytes);
});

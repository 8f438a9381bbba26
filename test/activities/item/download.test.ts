/** Results that come wrong: fetched again with a fresh address until they are right, or given up after a while. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FilesystemStore } from '../../../activities';
import { type Emulator, type ResultFault, startEmulator } from '../../../emulator';
import { acceptedJob, awaitInput, catchFault, runAwait } from '../../support/activity';
import { answer, provider } from '../../support/provider';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';
import { until } from '../../support/until';

const WRONG: readonly ResultFault[] = [
  'reset',
  'garbage',
  'half-body',
  'html-200',
  'truncated',
  'not-an-image',
  'expired',
];
/** Nothing is waited for beyond the first try. */
const IMPATIENT = { missingGraceMs: 0, resultPatienceMs: -1 };

let emulator: Emulator;
let store: FilesystemStore;

beforeEach(async () => {
  emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  store = new FilesystemStore(path.join(tempFolder(), 'store'));
});
afterEach(() => emulator.close());

function options(limits = {}) {
  return { api: realApi(emulator.url, { apiKey: emulator.apiKey, limits }), store, random: () => 0 };
}

describe.each(WRONG)('a result that comes %s', (fault) => {
  test('is fetched again until the bytes are right, without a new submission', async () => {
    emulator.script({ times: 1, then: { on: 'result', fault } });
    const { result } = await runAwait(options(), awaitInput(await acceptedJob(options()))).result;
    const ledger = emulator.ledger();
    expect(result.sha256).toBe(ledger.jobs[0]?.resultSha256);
    expect(ledger).toMatchObject({ accepted: 1, faults: { [`result:${fault}`]: 1 } });
    expect(readdirSync(path.join(store.root, '.incoming'))).toEqual([]);
  });

  test('is RESULT_UNAVAILABLE with its job id once patience is used up, and nothing is stored', async () => {
    emulator.script({ then: { on: 'result', fault } });
    const jobId = await acceptedJob(options());
    const failure = await catchFault(runAwait({ ...options(), timings: IMPATIENT }, awaitInput(jobId)).result);
    expect(failure).toMatchObject({ code: 'RESULT_UNAVAILABLE', origin: 'read', jobId, retryable: false });
    expect(failure.message).not.toMatch(/http:|signature/);
    expect(readdirSync(store.root)).toEqual(['.incoming']);
  });
});

test('a download that hangs is given up after its limit and begun again', async () => {
  emulator.script({ times: 1, then: { on: 'result', fault: 'hang' } });
  const { result } = await runAwait(options({ downloadMs: 300 }), awaitInput(await acceptedJob(options()))).result;
  expect(result.width).toBe(32);
});

test('a completed job that names no result is asked again, and in the end is RESULT_UNAVAILABLE', async () => {
  emulator.script({ then: { completeWithoutUrl: true, jobMs: 0 } });
  const jobId = await acceptedJob(options());
  const run = runAwait({ ...options(), timings: { ...IMPATIENT, resultPatienceMs: 600 } }, awaitInput(jobId));
  expect(await catchFault(run.result)).toMatchObject({ code: 'RESULT_UNAVAILABLE', jobId });
  expect(emulator.ledger().jobs[0]?.statusReads).toBeGreaterThan(1);
});

test('an address that has expired is healed by reading the status again', async () => {
  const jobId = await acceptedJob(options());
  const { api } = options();
  const addresses: string[] = [];
  const openResult = (url: string, signal: AbortSignal) => {
    addresses.push(url);
    // The first one is spoiled as time spoils it: the provider sees a link that is no longer valid.
    return api.openResult(addresses.length === 1 ? url.replace(/expires=\d+/, 'expires=1') : url, signal);
  };
  const { result } = await runAwait({ ...options(), api: { ...api, openResult } }, awaitInput(jobId)).result;
  expect(result.mimeType).toBe('image/png');
  expect(new Set(addresses).size).toBe(2);
  expect(emulator.ledger().jobs[0]).toMatchObject({ statusReads: 2, downloads: 1 });
});

test('a picture of another format than was requested is kept as what it is', async () => {
  emulator.script({ then: { on: 'result', fault: 'wrong-type' } });
  const { result } = await runAwait(options(), awaitInput(await acceptedJob(options()))).result;
  expect(result).toMatchObject({ mimeType: 'image/jpeg', file: expect.stringMatching(/\.jpg$/) });
});

test('a redirect of a result is followed, without our key', async () => {
  const { result_url: url } = await completedStatus();
  const elsewhere = await provider((response) => answer(302, '', { location: String(url) })(response, response.req));
  const picture = await options().api.openResult(`${elsewhere.url}/moved`, new AbortController().signal);
  expect(picture.status).toBe(200);
  for await (const _ of picture.body);
  expect(elsewhere.headers[0]).not.toHaveProperty('x-api-key');
});

async function completedStatus() {
  const jobId = await acceptedJob(options());
  return until('the job has completed', () =>
    emulator.jobs().find((job) => job.job_id === jobId && job.status === 'completed'),
  );
}

test('a refused result whose answer breaks off unread does not end the process', async () => {
  const breaking = await provider((response) => {
    response.writeHead(500, { 'content-length': '200000' });
    response.write('x'.repeat(70_000), () => setImmediate(() => response.destroy()));
  });
  const response = await options().api.openResult(breaking.url, new AbortController().signal);
  expect(response.status).toBe(500);
  await until('the connection is gone', () => (response.body as { destroyed?: boolean }).destroyed);
});

test('a store that takes nothing is STORE_UNAVAILABLE, to be tried again while the result is still there', async () => {
  writeFileSync(store.root, 'a file where the folder should be');
  const jobId = await acceptedJob(options());
  const failure = await catchFault(runAwait(options(), awaitInput(jobId), { attempt: 3 }).result);
  expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', jobId, retryable: true, met: { STORE_UNAVAILABLE: 3 } });
  expect(emulator.ledger().jobs[0]?.downloads).toBe(0);
});

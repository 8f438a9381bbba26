/** Files beside the main one: stored if they can be, and never at the cost of the main one, which is paid. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { FilesystemStore, StoreUnavailable } from '../../../activities';
import { StoreWrites } from '../../../activities/account/store-writes';
import { writeClip } from '../../../emulator/media/clip';
import type { AwaitJobInput } from '../../../workflows/domain/item/activity-contract';
import { awaitInput, runAwait } from '../../support/activity';
import { drawPhoto } from '../../support/file-server';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';

interface Served {
  readonly type?: string;
  /** The answers in turn; the last one is repeated. A number is an HTTP status. */
  readonly answers: readonly (Buffer | number | object)[];
}

const JOB = 'job-1';
const CUTOUT = { operation: 'background/remove/image', request: {} } as const;
const STATUS = `/background/remove/image/v1/status/${JOB}`;

let store: FilesystemStore;
let server: Server;
let url = '';
/** By path; any other path is answered with 404. */
let served: Readonly<Record<string, Served>> = {};
/** Requests by path, without status reads. */
let asked: Record<string, number>;
let photo: Buffer;

beforeAll(async () => {
  photo = await drawPhoto();
});
beforeEach(async () => {
  store = new FilesystemStore(path.join(tempFolder(), 'store'));
  asked = {};
  const counts: Record<string, number> = {};
  server = createServer((request, response) => {
    const name = request.url ?? '';
    const { answers = [404], type = 'application/octet-stream' } = served[name] ?? {};
    const count = counts[name] ?? 0;
    counts[name] = count + 1;
    if (name !== STATUS) asked[name] = count + 1;
    const answer = answers[Math.min(count, answers.length - 1)];
    if (typeof answer === 'number') response.writeHead(answer).end();
    else if (Buffer.isBuffer(answer)) response.writeHead(200, { 'content-type': type }).end(answer);
    else response.writeHead(200).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** @param files paths on the server, by field */
function completed(files: Readonly<Record<string, string>>, more: object = {}): object {
  const urls = Object.entries(files).map(([field, name]) => [field, url + name]);
  return { job_id: JOB, status: 'completed', ...Object.fromEntries(urls), ...more };
}

/** @param patienceMs time after which a listed file is given up */
function collect(patienceMs: number, more: Partial<AwaitJobInput> = {}, info: Parameters<typeof runAwait>[2] = {}) {
  const timings = { missingGraceMs: 0, resultPatienceMs: patienceMs };
  const options = { api: realApi(url, { apiKey: 'key' }), store, random: () => 0, timings };
  return runAwait(options, awaitInput(JOB, { ...CUTOUT, ...more }), info);
}

const PATIENT = 60_000;
const IMPATIENT = 300;

const names = () => readdirSync(path.join(store.root, 'items')).sort();

test('further files of any kind are stored beside the main one, whatever their fields are called', async () => {
  const clip = { text: 'x', seed: 1, width: 32, height: 32, format: 'png', palette: null } as const;
  served = {
    [STATUS]: {
      answers: [completed({ result_url: '/main', preview_url: '/clip', layers_url: '/data', same_url: '/main' })],
    },
    '/main': { answers: [photo] },
    '/clip': { answers: [await writeClip(clip, 1)] },
    '/data': { answers: [Buffer.from('{"seed":7}')], type: 'application/json; charset=utf-8' },
  };
  const { result, files, missing } = await collect(PATIENT).result;
  expect(files).toMatchObject([
    { role: 'result', mimeType: 'image/png', verified: true },
    { role: 'preview', mimeType: 'video/mp4', verified: true },
    { role: 'layers', mimeType: 'application/json', verified: false },
  ]);
  expect(missing).toBeUndefined();
  expect(names()).toEqual(['item-1.png', 'item-1~layers.bin', 'item-1~preview.mp4']);
  expect(readFileSync(result.file)).toEqual(photo);
  expect(asked).toEqual({ '/main': 1, '/clip': 1, '/data': 1 });
});

test('repetitions of the request, and addresses that lead to no file, are not fetched', async () => {
  const others = { logo_url: '/x', callback_url: '/x', status_url: '/x', Weird_url: '/x', _url: '/x' };
  served = {
    [STATUS]: { answers: [completed({ result_url: '/main', ...others }, { preview_url: null, other_url: 7 })] },
    '/main': { answers: [photo] },
  };
  const { files } = await collect(PATIENT).result;
  expect(files).toBeUndefined();
  expect(asked).toEqual({ '/main': 1 });
});

test.each([
  ['is not there', { answers: [404] }, 'HTTP 404'],
  ['is a web page', { answers: [Buffer.from('<!doctype html>')], type: 'text/html' }, 'is a web page'],
  ['is cut off', { answers: ['half'] }, 'cannot be decoded'],
])(
  'an unlisted file that %s is given up after three attempts, and the main one is kept',
  async (_what, given, words) => {
    const half = photo.subarray(0, photo.length >> 1);
    const answers = given.answers.map((one) => (typeof one === 'string' ? half : one));
    served = {
      [STATUS]: { answers: [completed({ result_url: '/main', preview_url: '/other' }, { credits_amount: 2 })] },
      '/main': { answers: [photo] },
      '/other': { ...given, answers },
    };
    const job = await collect(PATIENT).result;
    expect(job).toMatchObject({
      result: { mimeType: 'image/png' },
      missing: [{ role: 'preview', problem: expect.stringContaining(words) }],
      charge: { credits: 2 },
    });
    expect(job).not.toHaveProperty('files');
    expect(asked).toEqual({ '/main': 1, '/other': 3 });
  },
);

const BOTH = { result_url: '/main', cutout_url: '/cutout' };

test('a further file that the store does not take holds the account, until it does', async () => {
  served = {
    [STATUS]: { answers: [completed(BOTH)] },
    '/main': { answers: [photo] },
    '/cutout': { answers: [photo] },
  };
  const storeWrites = new StoreWrites();
  const success = jest.spyOn(storeWrites, 'recordSuccess');
  const keep = store.keep.bind(store);
  const kept = jest.spyOn(store, 'keep').mockImplementationOnce(keep);
  for (let failed = 0; failed < 3; failed += 1) kept.mockRejectedValueOnce(new StoreUnavailable('no space left'));
  const options = { api: realApi(url, { apiKey: 'key' }), store, random: () => 0, storeWrites };
  await runAwait(options, awaitInput(JOB, { ...CUTOUT, storeAccount: 'default' })).result;
  expect(success.mock.results.map(({ value }) => value)).toEqual([[], ['default']]);
});

test('a listed file that fails is fetched again, and the main one is not', async () => {
  served = {
    [STATUS]: { answers: [completed(BOTH)] },
    '/main': { answers: [photo] },
    '/cutout': { answers: [503, 503, 503, photo] },
  };
  const { files } = await collect(PATIENT).result;
  expect(files).toMatchObject([{ role: 'result' }, { role: 'cutout' }]);
  expect(asked).toEqual({ '/main': 1, '/cutout': 4 });
});

test('when patience with a listed file is used up, the item has its main file and says what is missing', async () => {
  served = { [STATUS]: { answers: [completed(BOTH)] }, '/main': { answers: [photo] }, '/cutout': { answers: [503] } };
  const { result, missing } = await collect(IMPATIENT).result;
  expect(readFileSync(result.file)).toEqual(photo);
  expect(missing).toEqual([{ role: 'cutout', problem: 'the download of the result returned HTTP 503' }]);
  expect(asked['/main']).toBe(1);
});

test('at the deadline as well', async () => {
  served = { [STATUS]: { answers: [completed(BOTH)] }, '/main': { answers: [photo] }, '/cutout': { answers: [503] } };
  const { missing } = await collect(PATIENT, { deadlineAt: Date.now() + 1_500 }).result;
  expect(missing).toMatchObject([{ role: 'cutout' }]);
});

test.each([
  ['fails', { status: 'failed', failure_reason_code: 'INTERNAL_ERROR' }],
  ['is processed again', { status: 'processing' }],
  ['cannot be read', 404],
])('a job that %s after its main file is stored keeps it', async (_what, later) => {
  served = {
    [STATUS]: { answers: [completed(BOTH), later] },
    '/main': { answers: [photo] },
    '/cutout': { answers: [503] },
  };
  const { result, missing } = await collect(IMPATIENT).result;
  expect(readFileSync(result.file)).toEqual(photo);
  expect(missing).toMatchObject([{ role: 'cutout' }]);
});

test('the next attempt continues with the files that are missing, and does not fetch the main one again', async () => {
  served = { [STATUS]: { answers: [completed(BOTH)] }, '/main': { answers: [photo] }, '/cutout': { answers: [503] } };
  const first = collect(PATIENT);
  const heartbeatDetails = await new Promise((resolve) => first.environment.on('heartbeat', resolve));
  first.environment.cancel();
  await expect(first.result).rejects.toThrow();
  served = { ...served, '/cutout': { answers: [photo] } };
  const { files } = await collect(PATIENT, {}, { heartbeatDetails, attempt: 2 }).result;
  const file = path.join(store.root, 'items', 'item-1.png');
  expect(files).toMatchObject([{ role: 'result', file }, { role: 'cutout' }]);
  expect(asked['/main']).toBe(1);
});

test('a store that fails for a further file does not fail the item', async () => {
  served = { [STATUS]: { answers: [completed(BOTH)] }, '/main': { answers: [photo] }, '/cutout': { answers: [photo] } };
  const keep = store.keep.bind(store);
  store.keep = (staged) => (staged.role === undefined ? keep(staged) : Promise.reject(new StoreUnavailable('full')));
  const { missing } = await collect(IMPATIENT).result;
  expect(missing).toEqual([{ role: 'cutout', problem: 'the store is unavailable' }]);
});

test('a file of one item and an item with a name like it do not meet', async () => {
  served = { [STATUS]: { answers: [completed(BOTH)] }, '/main': { answers: [photo] }, '/cutout': { answers: [photo] } };
  await collect(PATIENT).result;
  await collect(PATIENT, { key: 'item-1.cutout' }).result;
  expect(names()).toEqual(['item-1.cutout.png', 'item-1.cutout~cutout.png', 'item-1.png', 'item-1~cutout.png']);
});

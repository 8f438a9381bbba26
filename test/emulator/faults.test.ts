import sharp from 'sharp';
import type { ResultFault, StatusFault, SubmitFault } from '../../emulator';
import { hashOf } from '../support/hash-of';
import { awaitEnd, pause, post, readStatus, start, submit, until, when } from './harness';

/** Longer than any answer takes, also on a busy machine. */
const SILENCE_MS = 1_000;

/** What a client sees: `no answer` is an error of the connection, `broken` an error of the body. */
async function describeAnswer(request: Promise<Response>): Promise<string> {
  const response = await Promise.race([
    request.catch(() => 'no answer' as const),
    pause(SILENCE_MS).then(() => 'silence' as const),
  ]);
  if (typeof response === 'string') return response;
  return response.text().then(
    () => `${response.status}`,
    () => 'broken',
  );
}

const SUBMIT: Readonly<Record<SubmitFault, readonly [string, number]>> = {
  'reset-before-accept': ['no answer', 0],
  'hang-before-accept': ['silence', 0],
  'reset-after-accept': ['no answer', 1],
  'hang-after-accept': ['silence', 1],
  garbage: ['no answer', 1],
  'half-body': ['broken', 1],
  'no-job-id': ['200', 1],
};

test.each(Object.entries(SUBMIT))('%s at submit: the client sees %j', async (fault, [sight, accepted]) => {
  const emulator = await start();
  when(emulator, { fault: fault as SubmitFault, on: 'submit' }, { times: 1 });
  expect(await describeAnswer(post(emulator, { prompt: 'a fox' }))).toBe(sight);
  expect(emulator.ledger()).toMatchObject({ submits: 1, accepted, faults: { [`submit:${fault}`]: 1 } });
  expect(await describeAnswer(post(emulator, { prompt: 'a fox' }))).toBe('200');
});

const STATUS: Readonly<Record<StatusFault, string>> = {
  reset: 'no answer',
  hang: 'silence',
  garbage: 'no answer',
  'half-body': 'broken',
  'no-job-id': '200',
};

test.each(Object.entries(STATUS))('%s at a status read: the client sees %s', async (fault, sight) => {
  const emulator = await start();
  when(emulator, { fault: fault as StatusFault, on: 'status' }, { times: 1 });
  const jobId = await submit(emulator, 'a fox');
  expect(await describeAnswer(readStatus(emulator, jobId))).toBe(sight);
  expect((await awaitEnd(emulator, jobId)).status).toBe('completed');
  expect(emulator.ledger().faults).toEqual({ [`status:${fault}`]: 1 });
});

const RESULT: Readonly<Record<ResultFault, string>> = {
  reset: 'no answer',
  hang: 'silence',
  garbage: 'no answer',
  'half-body': 'broken',
  'html-200': '200',
  truncated: '200',
  'wrong-type': '200',
  'not-an-image': '200',
  expired: '403',
  'lying-type': '200',
  'longer-than-said': '200',
};

test.each(Object.entries(RESULT))('%s at a result: the client sees %s', async (fault, sight) => {
  const emulator = await start();
  const jobId = await submit(emulator, 'a fox');
  const { result_url } = await awaitEnd(emulator, jobId);
  when(emulator, { fault: fault as ResultFault, on: 'result' }, { times: 1 });
  expect(await describeAnswer(fetch(String(result_url)))).toBe(sight);
  expect(emulator.ledger()).toMatchObject({ faults: { [`result:${fault}`]: 1 }, jobs: [{ downloads: 0 }] });
  const bytes = Buffer.from(await (await fetch(String(result_url))).arrayBuffer());
  expect(hashOf(bytes)).toBe(emulator.ledger().jobs[0]?.resultSha256);
});

test('half a body announces the whole one', async () => {
  const emulator = await start();
  when(emulator, { fault: 'half-body', on: 'result' });
  const { result_url } = await awaitEnd(emulator, await submit(emulator, 'a fox'));
  const response = await fetch(String(result_url));
  expect(response.headers.get('content-length')).toBe(String(emulator.ledger().jobs[0]?.resultBytes));
  await expect(response.arrayBuffer()).rejects.toThrow();
});

async function faultyResult(fault: ResultFault): Promise<{ readonly type: string | null; readonly bytes: Buffer }> {
  const emulator = await start();
  when(emulator, { fault, on: 'result' });
  const { result_url } = await awaitEnd(emulator, await submit(emulator, 'a fox', { output_format: 'jpeg' }));
  const response = await fetch(String(result_url));
  return { type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) };
}

test('a page of HTML is labelled as what it is', async () => {
  const { type, bytes } = await faultyResult('html-200');
  expect(type).toContain('text/html');
  expect(bytes.toString()).toMatch(/^<!doctype html>/);
});

test('a result of the wrong type is a sound picture in another format', async () => {
  const { type, bytes } = await faultyResult('wrong-type');
  expect([type, (await sharp(bytes).metadata()).format]).toEqual(['image/png', 'png']);
});

test.each(['truncated', 'not-an-image'] as const)('a result that is %s keeps the right label', async (fault) => {
  const { type, bytes } = await faultyResult(fault);
  expect(type).toBe('image/jpeg');
  await expect(sharp(bytes, { failOn: 'truncated' }).toBuffer()).rejects.toThrow();
});

test('a lying label leaves the bytes as they are', async () => {
  const { type, bytes } = await faultyResult('lying-type');
  expect([type, (await sharp(bytes).metadata()).format]).toEqual(['text/html; charset=utf-8', 'jpeg']);
});

test('closing ends what hangs', async () => {
  const emulator = await start();
  when(emulator, { fault: 'hang-after-accept', on: 'submit' });
  const hanging = [1, 2, 3].map(() => post(emulator, { prompt: 'a fox' }).catch(() => 'closed'));
  await until(() => emulator.ledger().accepted === 3);
  await emulator.close();
  expect(await Promise.all(hanging)).toEqual(['closed', 'closed', 'closed']);
});

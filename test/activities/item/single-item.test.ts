/** What a single item keeps of its submissions in the store: before each POST, and after its answer. */
import { linkSync, mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type ActivityOptions, createActivities, FilesystemStore } from '../../../activities';
import type { SubmitVerdict } from '../../../activities/imagepipeline/classify-submit';
import { AnswerWatch } from '../../../activities/item/answer-watch';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { startEmulator } from '../../../emulator';
import type { SubmitJobInput } from '../../../workflows/domain/item/activity-contract';
import type { AcceptedJob } from '../../../workflows/domain/item/item';
import type { JournalEntry } from '../../../workflows/domain/item/journal-entry';
import {
  apiThat,
  awaitInput,
  catchFault,
  runAwait,
  runSubmit,
  SUBMIT_INFO,
  submitClient,
  submitInput,
} from '../../support/activity';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';
import { until } from '../../support/until';

const ACCEPTED: SubmitVerdict = { kind: 'accepted', jobId: 'job_1', estimatedMs: null };
const REFUSED: SubmitVerdict = { kind: 'refused', code: 'INPUT_INVALID', message: 'no' };
const LOST: SubmitVerdict = { kind: 'unknown', message: 'reset' };

const broken = () => Promise.reject(new StoreUnavailable('the disk is full'));

let store: FilesystemStore;

beforeEach(() => {
  store = new FilesystemStore(tempFolder());
});

const single = (more: Partial<SubmitJobInput> = {}) => submitInput({ journal: { call: 1 }, ...more });
const readRecord = () => store.submissions.read('item-1');

function spiedApi(submit: () => Promise<SubmitVerdict>) {
  const sent = jest.fn(submit);
  return {
    sent,
    api: apiThat(sent),
  };
}

function attempt(submit: () => Promise<SubmitVerdict>, input = single(), options: Partial<ActivityOptions> = {}) {
  const { api, sent } = spiedApi(submit);
  return { ...runSubmit({ api, store, random: () => 0, ...options }, input), sent };
}

test('its record is written before the POST, and has the job after it', async () => {
  let before: JournalEntry | null = null;
  const { result } = attempt(async () => {
    before = await readRecord();
    return ACCEPTED;
  });
  await result;
  expect(before).toMatchObject({ item: 'item-1', run: 'run-1', call: 1, attempt: 1, state: 'sending', jobId: null });
  expect(await readRecord()).toMatchObject({ state: 'accepted', jobId: 'job_1', completed: null });
});

test.each<[string, SubmitVerdict, JournalEntry['state']]>([
  ['a refusal is remembered as nothing sent', REFUSED, 'unsent'],
  ['a lost answer is remembered as it was before', LOST, 'sending'],
])('%s', async (_name, verdict, state) => {
  await catchFault(attempt(async () => verdict).result);
  expect(await readRecord()).toMatchObject({ state, jobId: null });
});

test('without a record nothing is sent: a store that takes none is a fault that is tried again', async () => {
  jest.spyOn(store.submissions, 'create').mockImplementation(broken);
  const { result, sent } = attempt(async () => ACCEPTED);
  expect(await catchFault(result)).toMatchObject({ code: 'STORE_UNAVAILABLE', origin: 'submit', retryable: true });
  expect(sent).not.toHaveBeenCalled();
});

test('a record that cannot be read stops the submission as well', async () => {
  jest.spyOn(store.submissions, 'read').mockImplementation(broken);
  const { result, sent } = attempt(async () => ACCEPTED);
  expect(await catchFault(result)).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  expect(sent).not.toHaveBeenCalled();
});

test('a job whose record cannot be written is reported all the same, with a warning', async () => {
  const warnings: unknown[] = [];
  const logger = new DefaultLogger('WARN', ({ meta }) => warnings.push(meta?.['step']));
  const { submissions } = store;
  const create = submissions.create.bind(submissions);
  const put = jest
    .spyOn(submissions, 'create')
    .mockImplementation((record) => (record.state === 'sending' ? create(record) : broken()));
  const { api, sent } = spiedApi(async () => ACCEPTED);
  const run = () => {
    const environment = new MockActivityEnvironment(SUBMIT_INFO, {
      logger,
      client: submitClient() as unknown as Client,
    });
    return environment.run(createActivities({ api, store, random: () => 0 }).submitJob, single());
  };
  expect(await run()).toMatchObject({ jobId: 'job_1' });
  expect(put.mock.calls.filter(([{ state }]) => state === 'accepted')).toHaveLength(3);
  expect(warnings).toEqual(['journal-entry']);
  // Should Temporal forget it now, the job is not known, so that nothing is sent.
  expect(await catchFault(run())).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN', retryable: false });
  expect(sent).toHaveBeenCalledTimes(1);
});

test('of two workers with the same attempt, as two servers after a restore may have, one sends', async () => {
  const runs = [1, 2].map(() => attempt(async () => ACCEPTED));
  const ends = await Promise.all(runs.map(({ result }) => result.then(() => 'a job', getMessage)));
  expect(runs.flatMap(({ sent }) => sent.mock.calls)).toHaveLength(1);
  expect(ends).toContain('a job');
});

const getMessage = (error: Error) => error.message;

describe('an attempt that was given up and wakes late', () => {
  /** The first attempt was refused. The second waits before its POST, until another call has sent the item. */
  async function wakeLate(options: Partial<ActivityOptions> = {}) {
    await catchFault(attempt(async () => REFUSED).result);
    const gate = deferred();
    const answers = new AnswerWatch();
    const waiting = jest.spyOn(answers, 'untilAnswered').mockReturnValue(gate.promise);
    const { api, sent } = spiedApi(async () => ACCEPTED);
    const late = runSubmit({ api, store, random: () => 0, answers, ...options }, single(), { attempt: 2 });
    await until('it waits', () => waiting.mock.calls.length > 0);
    const other: SubmitVerdict = { kind: 'accepted', jobId: 'job_2', estimatedMs: null };
    await attempt(async () => other, single({ journal: { call: 2 } })).result;
    gate.resolve();
    return { late, sent };
  }

  test('sends nothing, and takes over the job that was made meanwhile', async () => {
    const { late, sent } = await wakeLate();
    expect(await late.result).toMatchObject({ jobId: 'job_2', isTakenOver: true });
    expect(sent).not.toHaveBeenCalled();
    expect(await readRecord()).toMatchObject({ state: 'accepted', jobId: 'job_2' });
  });

  test('leaves no word that nothing was sent, should it stop then', async () => {
    let isStill = false;
    const { late } = await wakeLate({ processPause: { isSince: () => isStill } });
    isStill = true;
    await late.result.catch(() => undefined);
    expect(await readRecord()).toMatchObject({ state: 'accepted', jobId: 'job_2' });
  });
});

test('an attempt that was outrun by a refused one writes its own record before it sends', async () => {
  const gate = deferred();
  const answers = new AnswerWatch();
  const waiting = jest.spyOn(answers, 'untilAnswered').mockReturnValue(gate.promise);
  const records: (JournalEntry | null)[] = [];
  const submit = async () => {
    records.push(await readRecord());
    return ACCEPTED;
  };
  const late = attempt(submit, single(), { answers });
  await until('it waits', () => waiting.mock.calls.length > 0);
  await catchFault(attempt(async () => REFUSED, single({ run: 'run-2' })).result);
  gate.resolve();
  expect(await late.result).toMatchObject({ jobId: 'job_1' });
  expect(records).toMatchObject([{ run: 'run-1', state: 'sending' }]);
  expect(await readRecord()).toMatchObject({ run: 'run-1', state: 'accepted', jobId: 'job_1' });
});

test('a job whose answer comes when another run has taken its submission over is remembered all the same', async () => {
  const gate = deferred();
  const late = attempt(async () => {
    await gate.promise;
    return ACCEPTED;
  });
  await until('it is sent', () => late.sent.mock.calls.length > 0);
  const other = attempt(async () => ACCEPTED, single({ run: 'run-2' }));
  expect(await catchFault(other.result)).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN' });
  gate.resolve();
  await late.result;
  expect(await readRecord()).toMatchObject({ run: 'run-2', state: 'accepted', jobId: 'job_1' });
});

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}

test('an attempt that ends before its POST leaves word that nothing was sent', async () => {
  const processPause = { isSince: () => true };
  const { result, sent } = attempt(async () => ACCEPTED, single(), { processPause });
  await expect(result).rejects.toMatchObject({ name: 'WORKER_PROCESS_PAUSED' });
  expect(sent).not.toHaveBeenCalled();
  expect(await readRecord()).toMatchObject({ state: 'unsent' });
});

test('an accepted job that could not be reported is taken over by the next attempt', async () => {
  await attempt(async () => ACCEPTED).result;
  const { api, sent } = spiedApi(async () => ACCEPTED);
  const second = runSubmit({ api, store }, single(), { attempt: 2 });
  expect(await second.result).toMatchObject({ jobId: 'job_1', isTakenOver: true });
  expect(sent).not.toHaveBeenCalled();
});

describe('a name that is taken before anything of the id was submitted', () => {
  const images = () => path.join(store.root, 'items');

  beforeEach(() => mkdirSync(images(), { recursive: true }));

  async function expectTaken(file: string, key: string) {
    const { result, sent } = attempt(async () => ACCEPTED, single({ key }));
    const fault = await catchFault(result);
    expect(fault).toMatchObject({ code: 'ID_TAKEN', origin: 'submit', retryable: false });
    expect(fault.message).toContain(`The id "${key}" was used for items/${file}, a file in the store`);
    expect(sent).not.toHaveBeenCalled();
  }

  test.each(['item-1.png', 'item-1.webp', 'item-1.tiff'])('as by %s', async (file) => {
    await writeFile(path.join(images(), file), 'of somebody else');
    await expectTaken(file, 'item-1');
    expect(readFileSync(path.join(images(), file), 'utf8')).toBe('of somebody else');
    expect(await readRecord()).toBeNull();
  });

  test('as by an id that differs in case only, where the file system takes both for the same', async () => {
    await attempt(async () => ACCEPTED, single({ key: 'BANNER' })).result;
    await writeFile(path.join(images(), 'BANNER.png'), 'a picture');
    // Such a file system finds it by the other name as well.
    linkSync(path.join(images(), 'BANNER.png'), path.join(images(), 'banner.png'));
    await expectTaken('banner.png', 'banner');
  });

  test('files of other names do not conflict', async () => {
    for (const file of ['item-1', 'item-1.txt', 'item-1.x.png', 'item-10.png', 'ITEM-1.png'])
      await writeFile(path.join(images(), file), '');
    expect(await attempt(async () => ACCEPTED).result).toMatchObject({ jobId: 'job_1' });
  });

  test('its own earlier result does not conflict either', async () => {
    await attempt(async () => ACCEPTED).result;
    await writeFile(path.join(images(), 'item-1.png'), 'its own');
    const { result, sent } = attempt(async () => ACCEPTED, single({ journal: { call: 2 } }));
    expect(await result).toMatchObject({ jobId: 'job_1' });
    expect(sent).toHaveBeenCalledTimes(1);
  });
});

test('rows of a batch keep no record of their own', async () => {
  await attempt(async () => ACCEPTED, submitInput()).result;
  expect(await readRecord()).toBeNull();
});

describe('with a provider', () => {
  test('a stored result is remembered, given back as long as its file is whole, and else fetched again', async () => {
    const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
    try {
      const api = realApi(emulator.url, { apiKey: emulator.apiKey });
      const options = { api, store, random: () => 0 };
      const submit = () => runSubmit(options, single()).result as Promise<AcceptedJob>;
      const { jobId } = await submit();
      const completed = await runAwait(options, awaitInput(jobId, { singleRun: 'run-1' })).result;
      expect(await readRecord()).toMatchObject({ jobId, completed });
      expect(await submit()).toMatchObject({ jobId, completed, isTakenOver: true });
      await writeFile(completed.result.file, 'other bytes');
      expect(await submit()).not.toHaveProperty('completed');
      expect(emulator.ledger().accepted).toBe(1);
    } finally {
      await emulator.close();
    }
  });

  test('the job that a callback told is remembered with its result', async () => {
    const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
    try {
      const api = realApi(emulator.url, { apiKey: emulator.apiKey });
      emulator.script({ times: 1, then: { fault: 'reset-after-accept', on: 'submit' } });
      await catchFault(runSubmit({ api, store, random: () => 0 }, single()).result);
      const jobId = emulator.ledger().jobs[0]?.jobId ?? '';
      await runAwait({ api, store, random: () => 0 }, awaitInput(jobId, { singleRun: 'run-1' })).result;
      expect(await readRecord()).toMatchObject({ state: 'accepted', jobId });
    } finally {
      await emulator.close();
    }
  });
});

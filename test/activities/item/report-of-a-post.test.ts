/** Between a verdict of the provider and its report nothing may go wrong in a way that sends a second POST. */
import type { Client } from '@temporalio/client';
import type { MetricMeter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type ActivityOptions, createActivities, FilesystemStore } from '../../../activities';
import type { SubmitVerdict } from '../../../activities/imagepipeline/classify-submit';
import { JobTimes } from '../../../activities/item/polling/job-times';
import { startEmulator } from '../../../emulator';
import type { SubmitJobInput } from '../../../workflows/domain/item/activity-contract';
import {
  acceptedJob,
  apiThat,
  awaitInput,
  catchFault,
  SUBMIT_INFO,
  submitClient,
  submitInput,
} from '../../support/activity';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';

const ask = { account: 'default', isGranted: true, isProbe: false, waitWhileHeld: true, again: false };
const ACCEPTED: SubmitVerdict = { kind: 'accepted', jobId: 'job_1', estimatedMs: 4_000 };
const UNKNOWN: SubmitVerdict = { kind: 'unknown', message: 'the connection was reset' };
const RATE: SubmitVerdict = { kind: 'refused', code: 'RATE_LIMIT_EXCEEDED', message: 'slow down' };
const CREDITS: SubmitVerdict = { kind: 'refused', code: 'INSUFFICIENT_CREDITS', message: 'no credits' };

/** A client whose calls to the governor end as `signal` does. */
function clientThat(signal: () => Promise<void>): Client {
  return { ...submitClient(), workflow: { getHandle: () => ({ signal }) } } as unknown as Client;
}

const deaf = () => clientThat(() => Promise.reject(new Error('14 UNAVAILABLE: no connection established')));

interface World {
  readonly client?: Client;
  readonly metricMeter?: MetricMeter;
}

function makeEnvironment({ client = deaf(), metricMeter }: World): MockActivityEnvironment {
  const meter = metricMeter === undefined ? {} : { metricMeter };
  return new MockActivityEnvironment(SUBMIT_INFO, { client, logger: new DefaultLogger('ERROR'), ...meter });
}

/** One attempt at a submission that brings `verdict`, and how many POSTs it was. */
function attempt(
  verdict: SubmitVerdict,
  world: World = {},
  input: Partial<SubmitJobInput> = {},
  options: Partial<ActivityOptions> = {},
) {
  const submit = jest.fn(async () => verdict);
  const api = apiThat(submit);
  const activities = createActivities({ api, store: new FilesystemStore(tempFolder()), ...options });
  const result = makeEnvironment(world).run(activities.submitJob, submitInput({ ask, ...input }));
  result.catch(() => undefined);
  return { result, submit };
}

const brokenMeter = (): MetricMeter =>
  new Proxy({} as MetricMeter, {
    get: () => {
      throw new TypeError('no metrics today');
    },
  });

describe('a governor that cannot be reached', () => {
  test('does not turn an unknown outcome into something that is sent again', async () => {
    const { result, submit } = attempt(UNKNOWN);
    await expect(result).rejects.toMatchObject({ type: 'SUBMIT_OUTCOME_UNKNOWN', nonRetryable: true });
    expect(submit).toHaveBeenCalledTimes(1);
  });

  test('leaves a refusal for the pace to the server, which tries it again: nobody would call a queued image', async () => {
    const { result } = attempt(RATE);
    await expect(result).rejects.toMatchObject({ type: 'RATE_LIMIT_EXCEEDED', nonRetryable: false });
  });

  test('leaves a refusal of the account with its code', async () => {
    const fault = await catchFault(attempt(CREDITS).result);
    expect(fault).toMatchObject({ code: 'INSUFFICIENT_CREDITS', origin: 'submit' });
  });

  test('that can be reached puts the image back into the queue', async () => {
    const { result } = attempt(RATE, { client: clientThat(() => Promise.resolve()) });
    expect(await result).toEqual({
      queued: true,
      isInQueue: true,
      askAgainMs: 0,
      refusals: { RATE_LIMIT_EXCEEDED: 1 },
    });
  });

  test('is waited for no longer than a bound', async () => {
    const deadlines: number[] = [];
    const client = {
      ...clientThat(() => Promise.resolve()),
      withDeadline: (deadline: number, work: () => unknown) => {
        deadlines.push(deadline - Date.now());
        return work();
      },
    };
    await attempt(UNKNOWN, { client: client as unknown as Client }).result.catch(() => undefined);
    expect(deadlines).toEqual([expect.any(Number)]);
    expect(deadlines[0]).toBeLessThanOrEqual(5_000);
  });
});

describe('a fault of our own after the answer', () => {
  const broken = () => {
    throw new RangeError('our own fault');
  };
  const brokenTimes = (): JobTimes => Object.assign(new JobTimes(), { usualMs: broken });
  const callbacks = { url: 'https://hooks.example.com', secrets: ['s'.repeat(32)] as const };

  test.each<[string, World, Partial<ActivityOptions>]>([
    ['of the metrics', { metricMeter: brokenMeter() }, {}],
    ['of what is known of such jobs', {}, { jobTimes: brokenTimes(), callbacks }],
  ])('%s does not lose an accepted job', async (_name, world, options) => {
    const { result, submit } = attempt(ACCEPTED, world, {}, options);
    expect(await result).toMatchObject({ jobId: 'job_1', estimatedMs: 4_000, refusals: {} });
    expect(submit).toHaveBeenCalledTimes(1);
  });

  test.each<[string, SubmitVerdict, World, Partial<ActivityOptions>]>([
    ['of the metrics at an unknown outcome', UNKNOWN, { metricMeter: brokenMeter() }, {}],
    ['of the metrics at a refusal', RATE, { metricMeter: brokenMeter() }, {}],
    ['of the draw of a delay', RATE, {}, { random: broken }],
  ])('%s is an unknown outcome, and is not tried again', async (_name, verdict, world, options) => {
    const { result, submit } = attempt(verdict, world, {}, options);
    await expect(result).rejects.toMatchObject({ type: 'SUBMIT_OUTCOME_UNKNOWN', nonRetryable: true });
    expect(submit).toHaveBeenCalledTimes(1);
  });

  test('with a clock that breaks after the POST is an accepted job all the same', async () => {
    let isPosted = false;
    const submit = async () => {
      isPosted = true;
      return ACCEPTED;
    };
    const now = () => (isPosted ? broken() : Date.now());
    const api = apiThat(submit);
    expect(await attempt(ACCEPTED, {}, {}, { api, now }).result).toMatchObject({ jobId: 'job_1' });
  });
});

test('a stored image is its end, whether or not the governor can be reached', async () => {
  const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  try {
    const api = realApi(emulator.url, { apiKey: emulator.apiKey });
    const store = new FilesystemStore(tempFolder());
    const keep = jest.spyOn(store, 'keep');
    const { awaitJob } = createActivities({ api, store, random: () => 0 });
    const input = awaitInput(await acceptedJob({ api, store }), { account: 'default' });
    expect(await makeEnvironment({}).run(awaitJob, input)).toMatchObject({ result: { width: 32 } });
    expect(keep).toHaveBeenCalledTimes(1);
  } finally {
    await emulator.close();
  }
});

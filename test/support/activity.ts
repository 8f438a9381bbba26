/** Activities as a worker runs them, without a server: with heartbeats, cancellation and attempts. */
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type ActivityOptions, createActivities, type ImagePipelineApi } from '../../activities';
import type { JudgedFault } from '../../workflows/domain/failures/fault';
import type { AwaitJobInput, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import type { AcceptedJob } from '../../workflows/domain/item/item';

const MINUTE = 60_000;
export const PROMPT = 'a lighthouse that nobody else may know of';
export const REQUEST = { prompt: PROMPT, width: 32, height: 32, output_format: 'png' };

export function submitInput(more: Partial<SubmitJobInput> = {}): SubmitJobInput {
  return {
    key: 'item-1',
    operation: 'generate/image',
    submission: 1,
    run: 'run-1',
    request: REQUEST,
    deadlineAt: Date.now() + MINUTE,
    met: {},
    ...more,
  };
}

export function awaitInput(jobId: string, more: Partial<AwaitJobInput> = {}): AwaitJobInput {
  const job = { jobId, acceptedAt: Date.now(), estimatedMs: 0, refusals: {} };
  const { submission: _ofThePost, run: _ofThePostToo, ...shared } = submitInput();
  return { ...shared, job, jobTimeBudgetMs: MINUTE, ...more };
}

/** An API of which only POSTs work. */
export function apiThat(submit: ImagePipelineApi['submit']): ImagePipelineApi {
  return {
    submitLimitMs: 60_000,
    accountTag: 'tests',
    upload: jest.fn(),
    submit,
    readStatus: jest.fn(),
    openResult: jest.fn(),
  };
}

interface ActivityRun<T> {
  readonly environment: MockActivityEnvironment;
  readonly heartbeats: unknown[];
  readonly result: Promise<T>;
}

type Info = ConstructorParameters<typeof MockActivityEnvironment>[0];

/** As the workflows set it: an attempt at a submission lasts long enough for a POST. */
export const SUBMIT_INFO = { startToCloseTimeoutMs: 150_000 };

/** Says nothing of the failures that tests provoke. */
export function activityEnvironment(info: Info = {}): MockActivityEnvironment {
  const scheduled = { currentAttemptScheduledTimestampMs: Date.now() };
  const defaults = { ...SUBMIT_INFO, ...scheduled };
  return new MockActivityEnvironment({ ...defaults, ...info }, { logger: new DefaultLogger('ERROR') });
}

function start<T>(info: Info, work: () => Promise<T>): ActivityRun<T> {
  const environment = activityEnvironment(info);
  const heartbeats: unknown[] = [];
  environment.on('heartbeat', (details) => heartbeats.push(details));
  const result = environment.run(work) as Promise<T>;
  // The test awaits it later; until then a failure must not count as unheard.
  result.catch(() => undefined);
  return { environment, heartbeats, result };
}

/** Submits for real and gives the accepted job's id. */
export async function acceptedJob(options: ActivityOptions): Promise<string> {
  const run = activityEnvironment().run(createActivities(options).submitJob, submitInput());
  return ((await run) as AcceptedJob).jobId;
}

export function runSubmit(options: ActivityOptions, input = submitInput(), info: Info = {}) {
  return start(info, () => createActivities(options).submitJob(input));
}

export function runAwait(options: ActivityOptions, input: AwaitJobInput, info: Info = {}) {
  return start(info, () => createActivities(options).awaitJob(input));
}

/** The fault with which an activity failed; fails the test if it did not. */
export async function catchFault(result: Promise<unknown>): Promise<JudgedFault> {
  const error = await result.then(
    () => new Error('the activity succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  const [fault] = error.details as readonly JudgedFault[];
  if (fault === undefined) throw error;
  return fault;
}

/** Activities as a worker runs them, without a server: with heartbeats, cancellation and attempts. */
import type { Client } from '@temporalio/client';
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

/** The calls of Temporal's client that a submission makes. `record` stands for the server, which stores heartbeats. */
export function submitClient(record: (details: unknown) => Promise<void> = async () => undefined) {
  return {
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    withDeadline: (_deadline: number, work: () => unknown) => work(),
    activity: {
      heartbeat: (_token: Uint8Array, details: unknown) => record(details),
      complete: async () => undefined,
    },
  };
}

type Info = ConstructorParameters<typeof MockActivityEnvironment>[0];

/** As the workflows set it: an attempt at a submission lasts long enough for a POST. */
export const SUBMIT_INFO = { startToCloseTimeoutMs: 150_000 };

/** Says nothing of the failures that tests provoke. */
export function activityEnvironment(info: Info = {}, client: object = submitClient()): MockActivityEnvironment {
  const scheduled = { currentAttemptScheduledTimestampMs: Date.now() };
  const defaults = { ...SUBMIT_INFO, ...scheduled };
  const options = { logger: new DefaultLogger('ERROR'), client: client as Client };
  return new MockActivityEnvironment({ ...defaults, ...info }, options);
}

function start<T>(info: Info, work: () => Promise<T>): ActivityRun<T> {
  const heartbeats: unknown[] = [];
  const environment = activityEnvironment(
    info,
    submitClient(async (details) => void heartbeats.push(details)),
  );
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

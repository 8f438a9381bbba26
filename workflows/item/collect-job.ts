/** Follows an accepted job to its stored result. */
import { workflowInfo } from '@temporalio/workflow';
import type { AwaitJobInput } from '../domain/item/activity-contract';
import { classifyActivityError } from '../domain/item/application-failure';
import type { SubmissionEnd } from '../domain/item/decide-next';
import type { ItemStep, RequestSource, RunningJob } from '../domain/item/item';
import { countSubmissions, type StartedRecord } from '../domain/item/item-record';
import { ITEM_ACTIVITIES } from './item-activities';
import type { ItemContext } from './item-context';

interface CollectTerms {
  readonly record: StartedRecord;
  readonly job: RunningJob;
  /** Whether a callback has reported the job's end, and the permit was returned. */
  readonly isReleasedEarly: boolean;
  /** Whether the item has a permit that it returns when the job has ended. */
  readonly mayReleaseEarly: boolean;
}

/** Waits for an accepted job, and for its result to be stored. */
export async function collectJob(
  item: ItemStep,
  context: ItemContext,
  { record, job, isReleasedEarly, mayReleaseEarly }: CollectTerms,
): Promise<SubmissionEnd> {
  if (job.completed !== undefined) return { kind: 'completed', job: job.completed };
  const { calls = ITEM_ACTIVITIES } = context;
  const isTakenOver = job.isTakenOver === true;
  const input = { ...buildReadInput(item, context, { record, isReleasedEarly, mayReleaseEarly, isTakenOver }), job };
  try {
    return { kind: 'completed', job: await runCollecting(context, () => calls.awaitJob(input)) };
  } catch (error) {
    return toReadEnd(error);
  }
}

interface ReadTerms extends Omit<CollectTerms, 'job'> {
  /** Whether the job was submitted by an earlier run, so that it never had a permit to return. */
  readonly isTakenOver: boolean;
}

/** The input of `awaitJob`, without the job. */
export function buildReadInput(
  { key, operation, source, folder, jobTimeBudgetMs }: ItemStep,
  { permits, journal, account: storeAccount }: ItemContext,
  { record, isReleasedEarly, mayReleaseEarly, isTakenOver }: ReadTerms,
): Omit<AwaitJobInput, 'job'> {
  const { deadlineAt, met } = record;
  // There is no later attempt to read it, so the activity waits out all trouble.
  const ends = permits.isOver ? { isOver: true as const } : {};
  const isGoverned = permits.policy.isGoverned && !permits.isOver;
  const account = isTakenOver ? null : permits.policy.account;
  const kept = journal === undefined ? {} : { singleRun: workflowInfo().firstExecutionRunId };
  const returns = isGoverned ? { isGoverned: true as const } : {};
  const reporting = account === null ? returns : { account, waitsWhileHeld: isGoverned };
  const callback = isReleasedEarly ? { hasCallback: true } : {};
  const times = { deadlineAt, jobTimeBudgetMs };
  const held = storeAccount === undefined ? {} : { storeAccount };
  const { workflowId, firstExecutionRunId: run } = workflowInfo();
  const endTo = mayReleaseEarly ? { endTo: { workflowId, run, submission: countSubmissions(record) } } : {};
  const terms = { ...reporting, ...ends, ...callback, ...endTo, ...kept, ...held };
  return { key, operation, ...withoutFiles(source), folder, ...times, met, ...terms };
}

/** Reading needs no files of earlier steps. */
function withoutFiles({ step, ...source }: RequestSource): RequestSource {
  if (step === undefined) return source;
  const { files: _files, folder: _folder, ...named } = step;
  return { ...source, step: named };
}

/** Runs it in the scope whose cancellation abandons the jobs. */
export function runCollecting<T>({ collecting }: ItemContext, work: () => Promise<T>): Promise<T> {
  return collecting === undefined ? work() : collecting.run(work);
}

function toReadEnd(error: unknown): SubmissionEnd {
  const problem = classifyActivityError(error);
  if (problem.kind === 'cancelled') return { kind: 'cancelled', origin: 'read' };
  if (problem.kind === 'timeout') return { kind: 'out-of-time', origin: 'read' };
  if (problem.kind === 'fault' || problem.kind === 'superseded') return problem;
  return { kind: 'broken', origin: 'read', message: problem.message };
}

import { cancellationSignal } from '@temporalio/activity';
import type { AwaitJobInput } from '../../workflows/domain/item/activity-contract';
import type { CompletedJob } from '../../workflows/domain/item/item';
import type { ActivityDependencies } from '../dependencies';
import type { StatusVerdict } from '../imagepipeline/classify-status';
import { withHeartbeat } from '../running/heartbeat';
import { collectResult, finishLate, waitForResult } from './collect-result';
import { JobWatch } from './job-watch';
import { requestOrThrow } from './load-request';
import { reportRefusedKey } from './report-to-governor';

type Verdict<K extends StatusVerdict['kind']> = Extract<StatusVerdict, { kind: K }>;

/**
 * Polls a job until it ends, then downloads, verifies and stores its result in the same attempt, which keeps signed
 * URLs out of histories. The job is paid, so only its own end or its deadline decides; every other answer is waited out
 * here.
 */
export async function awaitJob(dependencies: ActivityDependencies, input: AwaitJobInput): Promise<CompletedJob> {
  const request = await requestOrThrow(dependencies, input, 'read');
  const watch = new JobWatch(dependencies, input, request, cancellationSignal());
  try {
    return await withHeartbeat(
      () => watch.details,
      () => untilStored(watch),
    );
  } finally {
    watch.end.stop();
  }
}

async function untilStored(watch: JobWatch): Promise<CompletedJob> {
  const { dependencies, input, signal } = watch;
  const { operation, job } = input;
  // A job reported as ended is read at once. If that was too early, it is polled like any other.
  if (input.hasCallback !== true) await watch.untilNextRead();
  for (;;) {
    watch.reads += 1;
    const { api, forbiddenReads } = dependencies;
    const verdict = forbiddenReads.judge(job.jobId, await api.readStatus(operation, job.jobId, signal));
    const done = await handleVerdict(watch, verdict);
    if (done !== null) return done;
    if (watch.leftMs <= 0) return (await finishLate(watch)) ?? watch.outOfTime();
  }
}

/** Returns the completed job, or `null` to read the status again. */
async function handleVerdict(watch: JobWatch, verdict: StatusVerdict): Promise<CompletedJob | null> {
  // The main file is stored, so whatever the status says now, the item has its result.
  if (watch.files.hasMain && verdict.kind !== 'completed') return waitForResult(watch, describeVerdict(verdict));
  switch (verdict.kind) {
    case 'unfinished':
      return handleUnfinished(watch, verdict);
    case 'completed':
      return handleCompleted(watch, verdict);
    case 'trouble':
      return handleTrouble(watch, verdict);
    case 'failed':
      return handleFailed(watch, verdict);
  }
}

async function handleUnfinished(watch: JobWatch, { state, progress }: Verdict<'unfinished'>): Promise<null> {
  const { jobTimeBudgetMs } = watch.input;
  watch.sawRunning(state, progress);
  if (watch.elapsedMs > jobTimeBudgetMs) {
    watch.failOurs('JOB_OVERDUE', `The job is still ${state} after ${Math.round(jobTimeBudgetMs / 1000)} s.`);
  }
  await watch.untilNextRead();
  return null;
}

async function handleCompleted(watch: JobWatch, verdict: Verdict<'completed'>): Promise<CompletedJob | null> {
  watch.sawCompleted(verdict.ranMs ?? null);
  watch.end.begin();
  return collectResult(watch, verdict);
}

async function handleTrouble(watch: JobWatch, verdict: Verdict<'trouble'>): Promise<CompletedJob | null> {
  // A job once read as completed stays completed: only its result is missing.
  if (watch.completedAt !== null) return waitForResult(watch, describeVerdict(verdict));
  if (verdict.code === 'UNAUTHENTICATED') await reportRefusedKey(watch, verdict.problem);
  return watch.unreadable(verdict);
}

function describeVerdict(verdict: StatusVerdict): string {
  return verdict.kind === 'trouble'
    ? `its status read returned ${verdict.problem}`
    : 'its status changed after its end';
}

function handleFailed(watch: JobWatch, { code, message, saidRetryable }: Verdict<'failed'>): never {
  watch.sawFailed();
  const flag = saidRetryable === undefined ? {} : { saidRetryable };
  return watch.fail({ code: code ?? 'UNRECOGNISED_CODE', origin: 'job', message, ...flag });
}

import { cancellationSignal } from '@temporalio/activity';
import type { AwaitJobInput, CompletedJob } from '../workflows/domain/activity-contract';
import { beating } from './beating';
import { collectResult } from './collect-result';
import type { ActivityDependencies } from './dependencies';
import type { StatusVerdict } from './imagepipeline/classify-status';
import { JobWatch } from './job-watch';
import { requestOrRaise } from './request-of';

type Verdict<K extends StatusVerdict['kind']> = Extract<StatusVerdict, { kind: K }>;
/** What follows from a read; `null`: read again. */
type Handler<V> = (watch: JobWatch, verdict: V) => Promise<CompletedJob | null>;

/**
 * Reads a job until it ends, then downloads, verifies and stores its result in the same attempt, so that no signed
 * address ever enters a history. Trouble with reading is waited out here; what the job itself says is raised.
 */
export async function awaitJob(dependencies: ActivityDependencies, input: AwaitJobInput): Promise<CompletedJob> {
  const request = await requestOrRaise(dependencies, input, 'read');
  const watch = new JobWatch(dependencies, input, request, cancellationSignal());
  return beating(
    () => watch.details,
    () => untilStored(watch),
  );
}

async function untilStored(watch: JobWatch): Promise<CompletedJob> {
  const { dependencies, input, signal } = watch;
  const { operation, job, deadlineAt } = input;
  // Jobs that are said to have ended are read at once; if that was too early, they are read like the others.
  if (input.isCalled !== true) await watch.untilNextRead();
  for (;;) {
    watch.reads += 1;
    const verdict = await dependencies.api.readStatus(operation, job.jobId, signal);
    const done = await (HANDLERS[verdict.kind] as Handler<StatusVerdict>)(watch, verdict);
    if (done !== null) return done;
    if (dependencies.now() >= deadlineAt) watch.outOfTime();
  }
}

const HANDLERS: { readonly [K in StatusVerdict['kind']]: Handler<Verdict<K>> } = {
  unfinished,
  completed,
  trouble: (watch, { problem, retryAfterMs }) => watch.troubled(problem, retryAfterMs),
  missing,
  failed: async (watch, { code, message, saidRetryable }) => {
    watch.sawFailed();
    const flag = saidRetryable === undefined ? {} : { saidRetryable };
    return watch.fail({ code: code ?? 'UNRECOGNISED_CODE', origin: 'job', message, ...flag });
  },
  unauthenticated: async (watch, { problem }) => watch.failOurs('UNAUTHENTICATED', problem),
  invalid: async (watch, { problem }) => watch.failOurs('RESPONSE_INVALID', problem),
};

async function unfinished(watch: JobWatch, { state, progress }: Verdict<'unfinished'>): Promise<null> {
  const { jobTimeBudgetMs } = watch.input;
  watch.troubles = 0;
  watch.sawRunning(progress);
  watch.details = { ...watch.details, state, progress, trouble: null };
  if (watch.elapsedMs > jobTimeBudgetMs) {
    watch.failOurs('JOB_OVERDUE', `The job is still ${state} after ${Math.round(jobTimeBudgetMs / 1000)} s.`);
  }
  await watch.untilNextRead();
  return null;
}

async function completed(watch: JobWatch, verdict: Verdict<'completed'>): Promise<CompletedJob | null> {
  watch.sawCompleted(verdict.ranMs ?? null);
  return collectResult(watch, verdict);
}

/** The provider may need a moment until it knows a job that it has just accepted. */
async function missing(watch: JobWatch): Promise<null> {
  if (watch.elapsedMs > watch.dependencies.timings.missingGraceMs && watch.troubles > 1) {
    watch.failOurs('JOB_NOT_FOUND', 'The provider answers that it does not know the job.');
  }
  return watch.troubled('the job is not known (HTTP 404)');
}

/**
 * Reports an accepted job to Temporal by a call whose outcome is known. The SDK reports results in the background, and drops
 * them after some seconds without a connection; the job, which is paid, would be lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context, log } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import type { SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import { JOB_CALLBACK_SIGNAL, type JobCallback } from '../../workflows/domain/item/callback';
import type { AcceptedJob } from '../../workflows/domain/item/item';
import type { ActivityDependencies } from '../dependencies';
import { tryBestEffort } from '../running/best-effort';
import { count } from '../running/metrics';
import { withDeadline } from '../running/with-deadline';
import { recordUnreportedJob } from './unreported-jobs';

/** Timeout of one call to Temporal, and of one write to the store, in ms. */
const CALL_TIMEOUT_MS = 3_000;
const RETRY_INTERVAL_MS = 1_000;
/** How long to try, in ms. Shorter than the time that a worker has to stop. */
const MAX_REPORT_MS = 60_000;

/** Jobs that Temporal has, or will never take from their attempt. */
const reported = new WeakSet<object>();

/** Whether an activity's result needs no further report. */
export function isReported(result: unknown): boolean {
  return typeof result === 'object' && result !== null && reported.has(result);
}

/** How Temporal took the result of an attempt. */
type Reception = 'stored' | 'given-up' | 'away';

type Dependencies = Pick<ActivityDependencies, 'store' | 'now'>;

/**
 * Completes the activity. If Temporal does not answer, records the job in the store; if it has given up on the attempt, also
 * signals the workflow. Never throws.
 */
export async function reportAcceptance(
  dependencies: Dependencies,
  input: SubmitJobInput,
  job: AcceptedJob,
): Promise<AcceptedJob> {
  const report = new AcceptanceReport(dependencies, input, job);
  if (await report.run()) reported.add(job);
  return job;
}

class AcceptanceReport {
  private readonly context = Context.current();
  private readonly begunAt = performance.now();
  private isRecorded = false;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly input: SubmitJobInput,
    private readonly job: AcceptedJob,
  ) {}

  /** Returns whether Temporal needs no further report. */
  async run(): Promise<boolean> {
    for (;;) {
      const reception = await this.complete();
      if (reception === 'stored') return true;
      await this.record(reception);
      if (reception === 'given-up' && (await this.signalWorkflow())) return true;
      if (this.isStopping || performance.now() - this.begunAt > MAX_REPORT_MS) return false;
      await sleep(RETRY_INTERVAL_MS);
    }
  }

  private async complete(): Promise<Reception> {
    const { client, info } = this.context;
    try {
      await this.call(() => client.activity.complete(info.taskToken, this.job));
      return 'stored';
    } catch (error) {
      return findErrorName(error) === 'ActivityNotFoundError' ? 'given-up' : 'away';
    }
  }

  private async record(reception: Reception): Promise<void> {
    if (this.isRecorded) return;
    const { dependencies, input, job } = this;
    const { key: item, submission } = input;
    log.warn('a job was accepted, and Temporal does not take it from its attempt', {
      ...{ item, submission, job: job.jobId, code: reception },
    });
    this.isRecorded = await tryBestEffort('unreported-job', false, async () => {
      const { jobId } = job;
      await withDeadline('the store', CALL_TIMEOUT_MS, recordUnreportedJob(dependencies, input, jobId));
      count('imagepipeline_unreported_jobs', { temporal: reception === 'away' ? 'away' : 'given-up' });
      return true;
    });
  }

  /** As a callback of the provider does. A workflow that has ended needs no message: the store has the job. */
  private async signalWorkflow(): Promise<boolean> {
    const { client, info } = this.context;
    const { key, run, submission, callbackTo = info.workflowExecution?.workflowId ?? '' } = this.input;
    const callback: JobCallback = { run, key, submission, jobId: this.job.jobId, status: null };
    try {
      await this.call(() => client.workflow.getHandle(callbackTo).signal(JOB_CALLBACK_SIGNAL, callback));
      return true;
    } catch (error) {
      return findErrorName(error) === 'WorkflowNotFoundError';
    }
  }

  /** Also after the attempt's cancellation, which aborts its other calls. */
  private async call(work: () => Promise<void>): Promise<void> {
    const late = new AbortController();
    try {
      await withDeadline('Temporal', CALL_TIMEOUT_MS, this.context.client.withAbortSignal(late.signal, work));
    } catch (error) {
      late.abort();
      throw error;
    }
  }

  private get isStopping(): boolean {
    const { aborted, reason } = this.context.cancellationSignal;
    return aborted && reason instanceof Error && reason.message === 'WORKER_SHUTDOWN';
  }
}

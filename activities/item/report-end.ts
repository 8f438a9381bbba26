/** Informs the workflow that has the permit of a job when the job has ended, if its result takes time to collect. */
import { Context } from '@temporalio/activity';
import type { AwaitJobInput } from '../../workflows/domain/item/activity-contract';
import { JOB_CALLBACK_SIGNAL, type JobCallback } from '../../workflows/domain/item/callback';
import { tryBestEffort } from '../running/best-effort';
import { withDeadline } from '../running/with-deadline';

/** A result that is stored within this time, in ms, is worth no message: it costs the workflow a task. */
const WORTH_REPORTING_MS = 300;
const SIGNAL_TIMEOUT_MS = 5_000;

export class EndReport {
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly input: Pick<AwaitJobInput, 'endTo' | 'key' | 'job'>) {}

  /** The job has ended. Only the first call of an attempt counts. */
  begin(): void {
    if (this.input.endTo === undefined || this.timer !== null) return;
    this.timer = setTimeout(() => void this.send(), WORTH_REPORTING_MS);
  }

  /** The attempt is over, which reports the end too. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** As a callback of the provider does. */
  private async send(): Promise<void> {
    const { endTo, key, job } = this.input;
    if (endTo === undefined) return;
    const { workflowId, run, submission } = endTo;
    const callback: JobCallback = { run, key, submission, jobId: job.jobId, status: 'completed' };
    const { client } = Context.current();
    await tryBestEffort('job-end', undefined, () =>
      withDeadline(
        'the signal',
        SIGNAL_TIMEOUT_MS,
        client.workflow.getHandle(workflowId).signal(JOB_CALLBACK_SIGNAL, callback),
      ),
    );
  }
}

/** Tells workflows through Temporal. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { JOB_CALLBACK_SIGNAL, type JobCallback } from '../../workflows/domain/item/callback';

/**
 * Temporal's client may take some seconds more until it gives up, and the provider waits for 10 s: it is to hear a 503
 * rather than nothing.
 */
const SIGNAL_MS = 5_000;
const READY_MS = 2_000;

export function temporalReceiver(client: Client): CallbackReceiver {
  return {
    signal: async (workflowId, callback) => {
      const handle = client.workflow.getHandle(workflowId);
      try {
        await client.withDeadline(Date.now() + SIGNAL_MS, () =>
          handle.signal<[JobCallback]>(JOB_CALLBACK_SIGNAL, callback),
        );
        return 'delivered';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'gone';
        throw error;
      }
    },
    ready: async () => {
      try {
        await client.withDeadline(Date.now() + READY_MS, () => client.workflowService.getSystemInfo({}));
        return true;
      } catch {
        // Why is of no interest to who asks; the log of Temporal's client knows.
        return false;
      }
    },
  };
}

export interface CallbackReceiver {
  /**
   * Tells a workflow; `gone` if it has ended or never was.
   *
   * @throws if it cannot be known that Temporal has recorded it
   */
  signal(workflowId: string, callback: JobCallback): Promise<'delivered' | 'gone'>;
  /** Whether Temporal can be reached. */
  ready(): Promise<boolean>;
}

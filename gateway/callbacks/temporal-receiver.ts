/** Signals workflows through Temporal. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { JOB_CALLBACK_SIGNAL, type JobCallback } from '../../workflows/domain/item/callback';

/**
 * Timeout of a signal in ms. Temporal's client may take some more seconds to fail, and the provider waits 10 s: it must get
 * a 503 before that.
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
        // The caller needs no cause; the log of Temporal's client has it.
        return false;
      }
    },
  };
}

export interface CallbackReceiver {
  /**
   * Signals a workflow. Resolves with `gone` if it has ended or never existed.
   *
   * @throws if it is uncertain whether Temporal has recorded the signal
   */
  signal(workflowId: string, callback: JobCallback): Promise<'delivered' | 'gone'>;
  /** Whether Temporal is reachable. */
  ready(): Promise<boolean>;
}

/** Notifies the receiver of a batch. The batch does not wait for a delivery. */
import { condition } from '@temporalio/workflow';
import { type BatchNotices, findOccurrences, NO_NOTICES } from '../domain/batch/batch-notices';
import type { BatchState } from '../domain/batch/batch-state';
import { EMPTY_TALLY } from '../domain/batch/tally';
import { toEvent } from '../domain/notifications/notification';
import { DEFAULT_NOTIFY_FAILURES } from '../domain/notifications/notify-options';
import type { BatchInput } from '../messages';
import { startNotification } from '../notifications/start-notification';

interface NotifierTerms {
  readonly batchId: string;
  readonly batchRun: string;
  readonly input: Pick<BatchInput, 'notify' | 'notifyFailures' | 'base'>;
}

export class BatchNotifier {
  private notices: BatchNotices;
  /** Notifications that are being started. */
  private starting = 0;

  /** @param carried of an earlier run of the workflow */
  constructor(
    private readonly terms: NotifierTerms,
    carried: BatchNotices = NO_NOTICES,
  ) {
    this.notices = carried;
  }

  get carried(): BatchNotices {
    return this.notices;
  }

  get isStarting(): boolean {
    return this.starting > 0;
  }

  /** @param isCancelling whether it is being cancelled and has not ended */
  notify(state: BatchState, isCancelling: boolean): void {
    const { batchId: batch, batchRun: run, input } = this.terms;
    const { notify: url, notifyFailures: failures = DEFAULT_NOTIFY_FAILURES, base = EMPTY_TALLY } = input;
    if (url === undefined) return;
    const first = this.notices.count + 1;
    const { occurrences, notices } = findOccurrences(this.notices, state, { batch, run, failures, base, isCancelling });
    this.notices = notices;
    occurrences.forEach((occurrence, index) => {
      const event = toEvent(occurrence, run, first + index, new Date().toISOString());
      this.starting += 1;
      void startNotification(url, { kind: 'batch', id: batch }, event).then(() => {
        this.starting -= 1;
      });
    });
  }

  /** Resolves when every notification has been started. */
  async untilStarted(): Promise<void> {
    await condition(() => !this.isStarting);
  }
}

/** Callbacks received for the items of this workflow. A callback may arrive before the answer to its submission. */
import { condition } from '@temporalio/workflow';
import { type JobCallback, mergeCallbacks, saysEnded } from '../domain/item/callback';

const CALLBACK_TIMER = { summary: 'until a callback comes' };

export class CallbackInbox {
  private readonly received = new Map<string, JobCallback>();
  private readonly listeners = new Map<string, () => void>();

  /** @param run first run of this workflow; late callbacks of an earlier workflow with the same id are ignored */
  constructor(
    private readonly run: string,
    toCarried: readonly JobCallback[] = [],
  ) {
    for (const callback of toCarried) this.receive(callback);
  }

  receive(callback: JobCallback): void {
    if (callback.run !== this.run) return;
    const id = toId(callback.key, callback.submission);
    const before = this.received.get(id);
    this.received.set(id, before === undefined ? callback : mergeCallbacks(before, callback));
    this.listeners.get(id)?.();
  }

  /** Runs `work`. Calls `onEnd` when a callback reports that the job of a submission has ended, perhaps several times. */
  async listenForEnd<T>(key: string, submission: number, onEnd: () => unknown, work: () => Promise<T>): Promise<T> {
    const id = toId(key, submission);
    const check = () => {
      const callback = this.received.get(id);
      if (callback !== undefined && saysEnded(callback)) onEnd();
    };
    this.listeners.set(id, check);
    try {
      check();
      return await work();
    } finally {
      this.listeners.delete(id);
    }
  }

  /** Whether a callback of the submission names a job. */
  namesJob(key: string, submission: number): boolean {
    return (this.received.get(toId(key, submission))?.jobId ?? null) !== null;
  }

  /** Waits for the callback of a submission; returns `null` after `withinMs`. Throws if the workflow is cancelled. */
  async waitFor(key: string, submission: number, withinMs: number): Promise<JobCallback | null> {
    const id = toId(key, submission);
    if (!this.received.has(id)) await condition(() => this.received.has(id), Math.max(1, withinMs), CALLBACK_TIMER);
    return this.received.get(id) ?? null;
  }

  /**
   * Waits for a callback that names the job of a submission; returns `null` after `withinMs`. Throws if the workflow is
   * cancelled.
   */
  async waitForJob(key: string, submission: number, withinMs: number): Promise<string | null> {
    const findJob = () => this.received.get(toId(key, submission))?.jobId ?? null;
    if (findJob() === null) await condition(() => findJob() !== null, Math.max(1, withinMs), CALLBACK_TIMER);
    return findJob();
  }

  /** Discards callbacks of this item. */
  forget(key: string): void {
    for (const [id, callback] of this.received) if (callback.key === key) this.received.delete(id);
  }

  /**
   * Callbacks to carry into the next run.
   *
   * @param newest number of the newest submission of each unfinished item; callbacks of earlier ones were processed
   */
  toCarried(newest: ReadonlyMap<string, number>): readonly JobCallback[] {
    return [...this.received.values()].filter(({ key, submission }) => {
      const number = newest.get(key);
      return number !== undefined && submission >= number;
    });
  }
}

function toId(key: string, submission: number): string {
  return `${key}/${submission}`;
}

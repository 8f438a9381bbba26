/** Callbacks that have come for the items of this workflow. A callback may come before the answer to its submission. */
import { condition } from '@temporalio/workflow';
import { type JobCallback, mergeCallbacks } from '../domain/item/callback';

const CALLBACK_TIMER = { summary: 'until a callback comes' };

export class Echoes {
  private readonly heard = new Map<string, JobCallback>();

  /** @param run first run of this workflow; a callback of an earlier workflow of its id may come late */
  constructor(
    private readonly run: string,
    carried: readonly JobCallback[] = [],
  ) {
    for (const callback of carried) this.hear(callback);
  }

  hear(callback: JobCallback): void {
    if (callback.run !== this.run) return;
    const id = idOf(callback.key, callback.submission);
    const before = this.heard.get(id);
    this.heard.set(id, before === undefined ? callback : mergeCallbacks(before, callback));
  }

  /** Whether a callback of the submission names a job. */
  namesJob(key: string, submission: number): boolean {
    return (this.heard.get(idOf(key, submission))?.jobId ?? null) !== null;
  }

  /** The callback of a submission; `null` if none has come within the time, in ms. Throws if the workflow is cancelled. */
  async of(key: string, submission: number, withinMs: number): Promise<JobCallback | null> {
    const id = idOf(key, submission);
    if (!this.heard.has(id)) await condition(() => this.heard.has(id), Math.max(1, withinMs), CALLBACK_TIMER);
    return this.heard.get(id) ?? null;
  }

  /** The job that callbacks of a submission name; `null` if none has within the time, in ms. Throws as `of`. */
  async jobOf(key: string, submission: number, withinMs: number): Promise<string | null> {
    const named = () => this.heard.get(idOf(key, submission))?.jobId ?? null;
    if (named() === null) await condition(() => named() !== null, Math.max(1, withinMs), CALLBACK_TIMER);
    return named();
  }

  /** Nobody waits for callbacks of this item any more. */
  forget(key: string): void {
    for (const [id, callback] of this.heard) if (callback.key === key) this.heard.delete(id);
  }

  /**
   * For the next run of the workflow.
   *
   * @param newest number of the newest submission of each item that has not ended: what is told of earlier ones has been heard
   */
  carried(newest: ReadonlyMap<string, number>): readonly JobCallback[] {
    return [...this.heard.values()].filter(({ key, submission }) => {
      const number = newest.get(key);
      return number !== undefined && submission >= number;
    });
  }
}

function idOf(key: string, submission: number): string {
  return `${key}/${submission}`;
}

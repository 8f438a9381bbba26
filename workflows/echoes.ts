/** Callbacks that have come for the items of this workflow. A callback may come before the answer to its submission. */
import { condition } from '@temporalio/workflow';
import type { JobCallback } from './domain/callback';

export class Echoes {
  private readonly heard = new Map<string, JobCallback>();

  constructor(carried: readonly JobCallback[] = []) {
    for (const callback of carried) this.hear(callback);
  }

  /** The first that names a job counts: a later one can only repeat it, or lie. */
  hear(callback: JobCallback): void {
    const id = idOf(callback.key, callback.submission);
    const before = this.heard.get(id);
    if (before === undefined || before.jobId === null) this.heard.set(id, callback);
  }

  has(key: string, submission: number): boolean {
    return this.heard.has(idOf(key, submission));
  }

  /** The callback of a submission; `null` if none has come within the time, in ms. Throws if the workflow is cancelled. */
  async of(key: string, submission: number, withinMs: number): Promise<JobCallback | null> {
    const id = idOf(key, submission);
    if (!this.heard.has(id)) await condition(() => this.heard.has(id), Math.max(1, withinMs));
    return this.heard.get(id) ?? null;
  }

  /** Nobody waits for callbacks of this item any more. */
  forget(key: string): void {
    for (const [id, callback] of this.heard) if (callback.key === key) this.heard.delete(id);
  }

  /** For the next run of the workflow. */
  carried(keys: ReadonlySet<string>): readonly JobCallback[] {
    return [...this.heard.values()].filter(({ key }) => keys.has(key));
  }
}

function idOf(key: string, submission: number): string {
  return `${key}/${submission}`;
}

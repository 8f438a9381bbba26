/** Uploads of items that wait for a permit: which of them are under way, and which are done. */

/** Items beyond the number of permits: with one permit, the next item uploads its files while a job is in flight. */
const MORE_THAN_PERMITS = 1;

/**
 * Number of the next items that upload their files before they have a permit. An upload is free, but it may expire, and one
 * that is never used is wasted.
 */
export function countUploadsAhead(permits: number): number {
  return permits <= 0 ? 0 : permits + MORE_THAN_PERMITS;
}

/**
 * Upload time after which one more item may go ahead, in ms: a permit must not wait for an upload that hangs. Most take less
 * than a second.
 */
const SLOW_UPLOAD_MS = 10_000;

interface Uploader {
  /** Begins to upload the item's files. `undefined`: nothing is to be uploaded before it has its permit. */
  readonly beginUpload: (() => void) | undefined;
}

export class PageUploads<T extends Uploader> {
  /** With the time at which each is slow, in ms since the epoch. */
  private readonly running = new Map<T, number>();
  private readonly done = new Set<T>();

  /** Whether the item can submit as soon as it has a permit. */
  isReady(item: T): boolean {
    return item.beginUpload === undefined || this.done.has(item);
  }

  /** When the first of these uploads is slow, in ms since the epoch; `null` if none is under way. */
  findSlowAt(items: readonly T[]): number | null {
    const times = items.map((item) => this.running.get(item)).filter((at) => at !== undefined);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Begins those of these uploads that are neither under way nor done. */
  begin(items: readonly T[], now: number): void {
    for (const item of items) {
      if (this.isReady(item) || this.running.has(item)) continue;
      this.running.set(item, now + SLOW_UPLOAD_MS);
      item.beginUpload?.();
    }
  }

  /** Ignores an upload that was revoked. */
  finish(item: T): void {
    if (this.running.delete(item)) this.done.add(item);
  }

  /** The item waits no longer. */
  forget(item: T): void {
    this.running.delete(item);
    this.done.delete(item);
  }

  /** Those under way were cancelled. */
  revoke(): void {
    this.running.clear();
  }

  clear(): void {
    this.running.clear();
    this.done.clear();
  }
}

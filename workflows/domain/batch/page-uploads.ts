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

interface Uploader {
  /** Begins to upload the item's files. `undefined`: nothing is to be uploaded before it has its permit. */
  readonly beginUpload: (() => void) | undefined;
}

export class PageUploads<T extends Uploader> {
  private readonly running = new Set<T>();
  private readonly done = new Set<T>();

  /** Whether the item can submit as soon as it has a permit. */
  isReady(item: T): boolean {
    return item.beginUpload === undefined || this.done.has(item);
  }

  /** Begins those of these uploads that are neither under way nor done. */
  begin(items: readonly T[]): void {
    for (const item of items) {
      if (this.isReady(item) || this.running.has(item)) continue;
      this.running.add(item);
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

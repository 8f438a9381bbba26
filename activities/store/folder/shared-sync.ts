import { syncFolder } from './sync';

/**
 * Flushes names in folders to disk for several writers at once. A writer calls it after it has created its name, and waits for
 * a flush that begins after its call; writers that wait for the same folder share that flush.
 */
export class SharedSync {
  /** Flushes that have not begun. */
  private readonly queued = new Map<string, Promise<void>>();
  private readonly running = new Map<string, Promise<void>>();

  /** @param flush default: that of the file system */
  constructor(private readonly flush: (folder: string) => Promise<void> = syncFolder) {}

  sync(folder: string): Promise<void> {
    const queued = this.queued.get(folder);
    if (queued !== undefined) return queued;
    const sync = this.run(folder);
    this.queued.set(folder, sync);
    return sync;
  }

  private async run(folder: string): Promise<void> {
    // Its error belongs to those that wait for it.
    await Promise.allSettled([this.running.get(folder)]);
    this.queued.delete(folder);
    const running = this.flush(folder);
    this.running.set(folder, running);
    try {
      await running;
    } finally {
      if (this.running.get(folder) === running) this.running.delete(folder);
    }
  }
}

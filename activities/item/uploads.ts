/** The uploads of this process: concurrent activities that need the same file share one upload. */
import type { UploadVerdict } from '../imagepipeline/upload';

/** The outcome for one file. */
export type UploadOutcome = UploadVerdict | { readonly kind: 'remembered'; readonly uploadedAt: number };

export class Uploads {
  private readonly running = new Map<string, Promise<UploadOutcome>>();

  /**
   * Runs `work`, or waits for the work of another activity for the same file and returns its result.
   *
   * @throws any error of `work`, or the reason of `signal`; errors of another activity are not passed on
   */
  async share(file: string, signal: AbortSignal, work: () => Promise<UploadOutcome>): Promise<UploadOutcome> {
    for (;;) {
      signal.throwIfAborted();
      const running = this.running.get(file);
      if (running === undefined) return this.start(file, work);
      try {
        return await running;
      } catch {
        // The other activity was cancelled, or its store failed: this one tries itself.
      }
    }
  }

  private async start(file: string, work: () => Promise<UploadOutcome>): Promise<UploadOutcome> {
    const started = work();
    this.running.set(file, started);
    try {
      return await started;
    } finally {
      this.running.delete(file);
    }
  }
}

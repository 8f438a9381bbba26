/** The folder of a store, which can be taken away for a while. */
import { cp, rename, rm, writeFile } from 'node:fs/promises';

/** Error codes that mean that a worker has created the folder again. */
const CREATED_AGAIN: readonly string[] = ['EISDIR', 'ENOTEMPTY', 'EEXIST'];

export class StoreFolder {
  private readonly away: string;

  constructor(readonly path: string) {
    this.away = `${path}-away`;
  }

  /** Replaces the folder with a file, so nothing can be read, written or created there. */
  async takeAway(): Promise<void> {
    await rename(this.path, this.away);
    await this.retryIfCreated(() => writeFile(this.path, ''));
  }

  async bringBack(): Promise<void> {
    await rm(this.path);
    await this.retryIfCreated(() => rename(this.away, this.path));
  }

  /** A worker may create the folder again meanwhile; its files are merged. */
  private async retryIfCreated(change: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await change();
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && CREATED_AGAIN.includes(String(error.code)))) throw error;
      }
      await cp(this.path, this.away, { recursive: true, force: false });
      await rm(this.path, { recursive: true, force: true });
    }
  }
}

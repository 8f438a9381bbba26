import type { StoreRoot } from './store-root';

/** Maximum folders remembered: more than the batches that a worker runs at once. */
const MAX_FOLDERS = 64;

/** Folders that exist. They are not created again for each file. */
export class KnownFolders {
  private readonly known = new Set<string>();

  constructor(private readonly root: StoreRoot) {}

  /** Creates a folder and its parents, unless it is known to exist. */
  async make(folder: string, mode?: number): Promise<void> {
    if (this.known.has(folder)) return;
    await this.root.makeFolder(folder, mode);
    if (this.known.size >= MAX_FOLDERS) this.known.clear();
    this.known.add(folder);
  }

  /** To be called after a failure: a folder may be gone, and the next attempt creates it again. */
  forget(): void {
    this.known.clear();
  }
}

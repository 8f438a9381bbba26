/** The folder that a store is in: made once, never again while its process runs. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { nullIfMissing } from '../../../workflows/domain/base/errors';
import { makeFolder } from './sync';

/**
 * Makes the folders below a root. A root that was removed, or whose file system is no longer mounted, is not made again: what
 * is stored there would be missing as soon as the right one is back.
 */
export class StoreRoot {
  /** The file with the store's identity, once it was seen; `null` before. */
  private identityFile: string | null = null;

  constructor(private readonly root: string) {}

  /** @param name of the file with the identity, which was read or created */
  rememberIdentity(name: string): void {
    this.identityFile = path.join(this.root, name);
  }

  /**
   * Creates a folder and its parents.
   *
   * @throws Error if the root is no longer the one that had the identity
   */
  async makeFolder(folder: string, mode?: number): Promise<void> {
    if (await isThere(folder)) return;
    await this.refuseMissing();
    await makeFolder(folder, mode);
  }

  private async refuseMissing(): Promise<void> {
    if (this.identityFile === null || (await isThere(this.identityFile))) return;
    throw new Error(
      `${this.identityFile} is not there any more, so the folder of the store was moved or is not mounted; mount it again, or ` +
        'restore it from a copy',
    );
  }
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(nullIfMissing)) !== null;
}

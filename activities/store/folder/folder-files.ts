import { randomUUID } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { copyFile, link, lstat, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { findErrorCode, nullIfMissing } from '../../../workflows/domain/base/errors';
import { StoreUnavailable } from '../result-store';
import { dropStaged, PRIVATE_FILE, PRIVATE_FOLDER, stagedPath, stagingFolder } from '../staging';
import type { ByteRange, CleanableFiles, FoundFile, StreamedFiles } from '../store-files';
import { NO_LINKS } from './put-once';
import { StoreRoot } from './store-root';
import { sync, syncFolder } from './sync';

/** Number of files that are looked at, or removed, at a time. */
const MAX_CONCURRENT = 32;

/** Files below a folder. Every error becomes a `StoreUnavailable` with the file's path. */
export class FolderFiles implements StreamedFiles, CleanableFiles {
  readonly storeRoot: StoreRoot;
  private readonly root: string;
  private readonly staging: string;
  /** Temporary files of failed writes. Where the folder was away, they are there again when it is back. */
  private readonly failed = new Set<string>();

  constructor(root: string) {
    this.root = path.resolve(root);
    this.storeRoot = new StoreRoot(this.root);
    this.staging = stagingFolder(this.root);
  }

  addressOf(name: string): string {
    return path.join(this.root, name);
  }

  write(name: string, content: string | Uint8Array): Promise<void> {
    return this.attempt('write', name, (file) => this.place(name, file, content, moveTo));
  }

  create(name: string, text: string): Promise<string> {
    return this.attempt('create', name, async (file) => {
      await this.place(name, file, text, linkTo);
      return readFile(file, 'utf8');
    });
  }

  /** Writes the content to a temporary file, then moves it into place. */
  private async place(
    name: string,
    file: string,
    content: string | Uint8Array,
    put: (file: string, temporary: string) => Promise<void>,
  ): Promise<void> {
    const names = name.split('/');
    // A random name: containers may share process ids and the folder.
    const temporary = stagedPath(this.staging, names, randomUUID());
    await this.storeRoot.makeFolder(this.staging, PRIVATE_FOLDER);
    await this.makeParentFolder(file, name);
    try {
      await writeSynced(temporary, content, isForOthers(name) ? undefined : PRIVATE_FILE);
      await put(file, temporary);
    } catch (error) {
      this.failed.add(temporary);
      // Without cleanup, every retry would fill a full disk further.
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(path.dirname(file));
    await dropStaged(this.staging, names);
    await this.dropFailed();
  }

  /** The folder of a batch also holds its images; the folders with its rows are private. */
  private async makeParentFolder(file: string, name: string): Promise<void> {
    const folder = path.dirname(file);
    const isOfBatch = name.split('/').length === 3;
    if (isOfBatch || isForOthers(name)) return this.storeRoot.makeFolder(folder);
    await this.storeRoot.makeFolder(path.dirname(folder));
    await this.storeRoot.makeFolder(folder, PRIVATE_FOLDER);
  }

  private async dropFailed(): Promise<void> {
    for (const temporary of this.failed) {
      await rm(temporary, { force: true });
      this.failed.delete(temporary);
    }
  }

  read(name: string): Promise<Buffer | null> {
    return this.attempt('read', name, (file) => readFile(file).catch(nullIfMissing));
  }

  async has(name: string): Promise<boolean> {
    return (await this.findSize(name)) !== null;
  }

  findSize(name: string): Promise<number | null> {
    return this.attempt('look for', name, async (file) => (await stat(file).catch(nullIfMissing))?.size ?? null);
  }

  openStream(name: string, range: ByteRange): Promise<Readable> {
    return this.attempt('read', name, async (file) => {
      // Opened here: the error of a missing file must not come after the headers of an answer.
      const handle = await open(file, 'r');
      return createReadStream('', { fd: handle, ...range });
    });
  }

  list(beginning: string): Promise<readonly string[]> {
    const cut = beginning.lastIndexOf('/') + 1;
    const [folder, begins] = [beginning.slice(0, cut), beginning.slice(cut)];
    return this.attempt('list', folder, async (file) => {
      const names = (await readdir(file).catch(nullIfMissing)) ?? [];
      const found = names.filter((name) => name.startsWith(begins));
      return found.sort().map((name) => `${folder}${name}`);
    });
  }

  walk(beginning: string): AsyncGenerator<FoundFile> {
    const cut = beginning.lastIndexOf('/') + 1;
    return this.walkFolder(beginning.slice(0, cut), beginning.slice(cut));
  }

  async refuseMissing(): Promise<void> {
    const found = await this.attempt('look for', '', (root) => stat(root).catch(nullIfMissing));
    if (found !== null) return;
    const remedy = 'mount it, or set IMAGEPIPELINE_STORE to the folder that the workers use';
    throw new StoreUnavailable(`the folder of the store, ${this.addressOf('')}, does not exist`, { remedy });
  }

  /** Links are not followed: what is behind them is not in the store. */
  private async *walkFolder(folder: string, begins: string): AsyncGenerator<FoundFile> {
    const entries = await this.attempt('list', folder, (file) =>
      readdir(file, { withFileTypes: true }).catch(nullIfMissing),
    );
    const names = (entries ?? [])
      .filter(({ name }) => name.startsWith(begins))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort();
    for (let first = 0; first < names.length; first += MAX_CONCURRENT) {
      const some = names.slice(first, first + MAX_CONCURRENT);
      const found = await Promise.all(some.map((name) => (name.endsWith('/') ? null : this.look(name))));
      for (const [index, name] of some.entries()) {
        if (name.endsWith('/')) yield* this.walkFolder(name, '');
        const file = found[index];
        if (file != null) yield file;
      }
    }
  }

  /** Returns `null` for a file that was removed meanwhile. */
  private look(name: string): Promise<FoundFile | null> {
    return this.attempt('look for', name, async (file) => {
      const found = await lstat(file).catch(nullIfMissing);
      return found === null ? null : { name, bytes: found.size, changedAt: found.mtimeMs };
    });
  }

  async remove(names: readonly string[]): Promise<void> {
    for (let first = 0; first < names.length; first += MAX_CONCURRENT) {
      const some = names.slice(first, first + MAX_CONCURRENT);
      await Promise.all(some.map((name) => this.attempt('remove', name, (file) => rm(file, { force: true }))));
    }
    const folders = new Set(names.map((name) => name.slice(0, name.lastIndexOf('/'))));
    for (const folder of folders) if (folder.split('/').length > 2) await this.removeIfEmpty(folder);
  }

  /** A folder of a batch. Those that other writers use are never removed. */
  private removeIfEmpty(folder: string): Promise<void> {
    return this.attempt('remove', folder, async (file) => {
      await rmdir(file).catch((error: unknown) => {
        if (!NOT_EMPTY_OR_GONE.has(findErrorCode(error))) throw error;
      });
    });
  }

  private async attempt<T>(doing: string, name: string, work: (file: string) => Promise<T>): Promise<T> {
    const file = this.addressOf(name);
    try {
      return await work(file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`cannot ${doing} ${file}: ${reason}`, { cause: error });
    }
  }
}

const NOT_EMPTY_OR_GONE: ReadonlySet<string | null> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT']);

/** Store id and results are readable by others; all other files contain prompts or lead to them. */
function isForOthers(name: string): boolean {
  return !name.includes('/') || name.includes('/outcomes/');
}

async function writeSynced(file: string, content: string | Uint8Array, mode: number | undefined): Promise<void> {
  const handle = await open(file, 'w', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** If a writer of the same file removed our temporary file as a leftover, its file replaces ours. */
async function moveTo(file: string, temporary: string): Promise<void> {
  const isMoved = await rename(temporary, file).then(() => true, nullIfMissing);
  if (isMoved === null && !existsSync(file))
    throw new Error('the temporary file vanished before it was moved into place');
}

/** Creating a hard link is atomic, even on a file system that several hosts mount. */
async function linkTo(file: string, temporary: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    const code = findErrorCode(error);
    // Another creator removed our temporary file as a leftover: its file is in place.
    if (code === 'EEXIST' || (code === 'ENOENT' && existsSync(file))) return;
    if (!NO_LINKS.has(code)) throw error;
    await copyTo(file, temporary);
  }
}

/** Without hard links the file is still created exclusively, but it is briefly visible while incomplete. */
async function copyTo(file: string, temporary: string): Promise<void> {
  try {
    await copyFile(temporary, file, constants.COPYFILE_EXCL);
  } catch (error) {
    if (findErrorCode(error) === 'EEXIST') return;
    throw error;
  }
  await sync(file);
}

import { getOwn } from '../../workflows/domain/base/own-value';
import { findCode } from './folder/system-code';

/** By the code of the system's error. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'let the user of this process write there (chown or chmod), or name another folder in IMAGEPIPELINE_STORE',
  EPERM: 'let the user of this process write there (chown or chmod), or name another folder in IMAGEPIPELINE_STORE',
  EROFS: 'mount its file system for writing, or name another folder in IMAGEPIPELINE_STORE',
  ENOSPC: 'make room on its disk, or name a folder on another one in IMAGEPIPELINE_STORE',
  EDQUOT: 'make room within the quota of this user, or name a folder elsewhere in IMAGEPIPELINE_STORE',
  ENOTDIR: 'remove the file that stands where a folder is needed, or name another folder in IMAGEPIPELINE_STORE',
  EEXIST: 'remove the file that stands where a folder is needed, or name another folder in IMAGEPIPELINE_STORE',
  EIO: 'look after the disk or the mount: the log of the system says what has failed',
  ESTALE: 'mount its file system anew',
  ENAMETOOLONG: 'name a folder with a shorter path in IMAGEPIPELINE_STORE',
  EMFILE: 'allow more open files (ulimit -n)',
};
const CHECK_ADDRESS = 'check what IMAGEPIPELINE_STORE names';

/** The store cannot take a result now: no room, no permission, not there. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** What a person should do about it. */
  readonly remedy: string;

  /** @param options the cause decides about the remedy where none is given */
  constructor(message: string, { remedy, ...options }: ErrorOptions & { readonly remedy?: string } = {}) {
    super(message, options);
    this.remedy = remedy ?? getOwn(REMEDIES, findCode(options.cause)) ?? CHECK_ADDRESS;
  }
}

/** What was asked for is not in the store, which answers: it is another store, or it was removed. */
export class NotInStore extends StoreUnavailable {}

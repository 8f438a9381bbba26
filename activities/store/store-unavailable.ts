import { findErrorCode } from '../../workflows/domain/base/errors';
import { getOwn } from '../../workflows/domain/base/own-value';

/** By the code of the system error. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'grant this user write access (chown or chmod), or set IMAGEPIPELINE_STORE to another folder',
  EPERM: 'grant this user write access (chown or chmod), or set IMAGEPIPELINE_STORE to another folder',
  EROFS: 'mount its file system for writing, or set IMAGEPIPELINE_STORE to another folder',
  ENOSPC: 'free space on its disk, or set IMAGEPIPELINE_STORE to a folder on another one',
  EDQUOT: 'free space within the quota of this user, or set IMAGEPIPELINE_STORE to a folder elsewhere',
  ENOTDIR: 'remove the file that is in place of a folder, or set IMAGEPIPELINE_STORE to another folder',
  EEXIST: 'remove the file that is in place of a folder, or set IMAGEPIPELINE_STORE to another folder',
  EIO: 'check the disk or the mount; the system log says what failed',
  ESTALE: 'remount its file system',
  ENAMETOOLONG: 'set IMAGEPIPELINE_STORE to a shorter path',
  EMFILE: 'raise the limit of open files (ulimit -n)',
};
const CHECK_ADDRESS = 'check IMAGEPIPELINE_STORE';

/** The store cannot accept a result now: no space, no permission, or not found. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
  /** What a person should do about it. */
  readonly remedy: string;

  /** @param options if no remedy is given, the cause determines it */
  constructor(message: string, { remedy, ...options }: ErrorOptions & { readonly remedy?: string } = {}) {
    super(message, options);
    this.remedy = remedy ?? getOwn(REMEDIES, findErrorCode(options.cause) ?? '') ?? CHECK_ADDRESS;
  }
}

/** The store answers but does not contain the data: it is another store, or the data was removed. */
export class NotInStore extends StoreUnavailable {}

/** The files of the batch were deleted on request; only the record of it is left, which keeps its id from being used again. */
export class BatchDeletedError extends NotInStore {
  override readonly name = 'BatchDeletedError';

  /** @param deletedAt ISO 8601 */
  constructor(
    readonly batchId: string,
    readonly deletedAt: string,
  ) {
    super(
      `the batch "${batchId}" was deleted from the store at ${deletedAt}, with its rows and results. ` +
        'To run its rows again, and pay for them again, use another id',
    );
  }
}

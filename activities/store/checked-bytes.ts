import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { DamagedFileError } from './damaged-file-error';

/** Passes bytes on, and fails at the end if they are not those of the SHA-256. */
export class CheckedBytes extends Transform {
  private readonly hash = createHash('sha256');

  constructor(
    private readonly file: string,
    private readonly sha256: string,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const isSame = this.hash.digest('hex') === this.sha256;
    done(isSame ? null : new DamagedFileError(`${this.file} differs from the recorded result (SHA-256)`));
  }
}

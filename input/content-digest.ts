import { createHash } from 'node:crypto';
import { canonicalRow } from '../workflows/domain/item/canonical-row';
import type { PlannedRow } from './check-rows';

/**
 * The digest of the content of a file: keys, operations and fields, row by row. The notation (format, quotes,
 * line ends, order of columns, 512 or 512.0) does not change it.
 */
export class ContentDigest {
  private readonly hash = createHash('sha256');

  add(row: PlannedRow): void {
    this.hash.update(`${canonicalRow(row)}\n`);
  }

  /** Finishes the digest and returns it as hexadecimal digits. */
  digest(): string {
    return this.hash.digest('hex');
  }
}

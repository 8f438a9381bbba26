import { createHash } from 'node:crypto';
import { canonicalRow } from '../../workflows/domain/item/canonical-row';
import type { PlannedRow } from './check-rows';

/**
 * The digest of what a file asks for: keys, operations and fields, row by row. How it is written (format, quotes,
 * line ends, order of columns, 512 or 512.0) changes nothing.
 */
export class ContentDigest {
  private readonly hash = createHash('sha256');

  add(row: PlannedRow): void {
    this.hash.update(`${canonicalRow(row)}\n`);
  }

  /** As hexadecimal digits; ends it. */
  digest(): string {
    return this.hash.digest('hex');
  }
}

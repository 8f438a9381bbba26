import { createHash } from 'node:crypto';
import { canonicalWork } from '../../workflows/domain/item/canonical-row';

/** The SHA-256 of what an item, or a step, is made of; equal for equal requests, whatever the order of their fields. */
export function hashWork(work: Parameters<typeof canonicalWork>[0]): string {
  return createHash('sha256').update(canonicalWork(work)).digest('hex');
}

/** Checks names that become part of a path. None may leave the store. */
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import type { ResultPlace } from './result-store';

export function toNames({ folder, key }: ResultPlace): readonly string[] {
  return [...folder.split('/'), key];
}

export function refuseUnsafe(names: readonly string[]): void {
  for (const name of names) {
    const rule = brokenKeyRule(name);
    if (rule !== null) throw new Error(`${JSON.stringify(name)} is not safe as a file name; it ${rule}`);
  }
}

/** Names that become part of a path. None may leave the store. */
import { isSafeKey } from '../../workflows/domain/safe-key';
import type { ResultPlace } from './result-store';

export function namesOf({ folder, key }: ResultPlace): readonly string[] {
  return [...folder.split('/'), key];
}

export function refuseUnsafe(names: readonly string[]): void {
  const unsafe = names.find((name) => !isSafeKey(name));
  if (unsafe === undefined) return;
  throw new Error(`${JSON.stringify(unsafe)} is not safe as a file name; use letters, digits, ".", "_" and "-"`);
}

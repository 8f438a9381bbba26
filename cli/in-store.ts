/** Whether a path is inside a store, to which only workers and clients write results. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '../client/open-store';
import { findErrorCode } from '../workflows/domain/base/errors';
import type { CliContext } from './context';

export const IN_STORE = 'is in the store; must be another folder';

/** @throws SettingsError if the settings of the store are invalid */
export function isInStore(place: string, { env, cwd }: Pick<CliContext, 'env' | 'cwd'>): boolean {
  const { address } = openStore(env, cwd);
  if (!path.isAbsolute(address)) return false;
  const [root, inside] = [findRealPath(address), findRealPath(path.resolve(cwd, place))];
  return inside === root || inside.startsWith(`${root}${path.sep}`);
}

/** Resolves links, also if only the beginning of the path exists. */
function findRealPath(place: string): string {
  try {
    return realpathSync(place);
  } catch (error) {
    const parent = path.dirname(place);
    if (findErrorCode(error) === null || parent === place) return place;
    return path.join(findRealPath(parent), path.basename(place));
  }
}

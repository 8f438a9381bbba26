import { homedir } from 'node:os';
import { join } from 'node:path';
import { TEMPORAL_CLI_VERSION } from './version';

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

type CacheRoot = (env: NodeJS.ProcessEnv, home: string) => string;

const CACHE_ROOTS: Partial<Record<NodeJS.Platform, CacheRoot>> = {
  darwin: (_env, home) => join(home, 'Library', 'Caches'),
  win32: (env, home) => env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'),
};

const xdgCacheRoot: CacheRoot = (env, home) => env['XDG_CACHE_HOME'] || join(home, '.cache');

/** Our folder in the user's cache folder. It outlives a checkout, which spares later builds. */
export function defaultCacheDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const home = env['HOME'] || homedir();
  return join((CACHE_ROOTS[platform] ?? xdgCacheRoot)(env, home), 'imagepipeline-temporal');
}

/** The folder of the binary for this version and machine. */
export function binaryDir(cacheDir: string, { platform, arch }: Machine): string {
  return join(cacheDir, `temporal-cli-${TEMPORAL_CLI_VERSION}`, `${platform}-${arch}`);
}

/** The CLI's file name. */
export function binaryName(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'temporal.exe' : 'temporal';
}

import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { binaryDir, defaultCacheDir, type Machine } from './cache-path';
import { type FailedRoute, type Route, TemporalCliNotFoundError, toMessage } from './errors';
import { withLock } from './lock';
import { findPackageRoot } from './package-root';
import { FINDING_ROUTES, MAKING_ROUTES, type RouteContext, type RouteEntry } from './routes';
import { type Download, sdkDownload } from './sdk-download';

export interface ResolveOptions {
  /** The environment; TEMPORAL_CLI_PATH, PATH, the cache folder and Go's settings are read from it. */
  readonly env: NodeJS.ProcessEnv;
  /** Called at least every 5 s during slow steps. Default: silent. */
  readonly onProgress?: (line: string) => void;
  /** Default: `imagepipeline-temporal` in the user's cache folder. */
  readonly cacheDir?: string;
  /** For tests: target machine of the binary. Default: this one. */
  readonly machine?: Machine;
  /** For tests: replaces the SDK's download. */
  readonly download?: Download;
  /** For tests: the folder of package.json and tools/temporal/go.mod. Default: found from this file. */
  readonly packageRoot?: string;
}

export interface ResolvedCli {
  /** The `temporal` binary. */
  readonly path: string;
  /** How the binary was obtained; one just made by another process counts as `cache`. */
  readonly route: Route;
}

/**
 * Finds or makes the Temporal CLI, in this order: TEMPORAL_CLI_PATH, `temporal` on PATH, our cache, download by the
 * SDK, build with Go. Concurrent processes make it once.
 *
 * @throws TemporalCliPathError if TEMPORAL_CLI_PATH is set but not usable
 * @throws TemporalCliNotFoundError naming every route, if none worked
 */
export async function resolveTemporalCli(options: ResolveOptions): Promise<ResolvedCli> {
  const context = toContext(options);
  const failed: FailedRoute[] = [];
  const found = await tryInOrder(FINDING_ROUTES, context, failed);
  if (found !== null) return found;
  const made = await makeUnderLock(context, failed);
  if (made !== null) return made;
  throw new TemporalCliNotFoundError(lastReasons(failed));
}

function toContext(options: ResolveOptions): RouteContext {
  const machine = options.machine ?? { platform: process.platform, arch: process.arch };
  return {
    env: options.env,
    machine,
    cacheDir: options.cacheDir ?? defaultCacheDir(options.env, machine.platform),
    packageRoot: options.packageRoot ?? findPackageRoot(),
    onProgress: options.onProgress ?? (() => undefined),
    download: options.download ?? sdkDownload,
  };
}

async function makeUnderLock(context: RouteContext, failed: FailedRoute[]): Promise<ResolvedCli | null> {
  const folder = binaryDir(context.cacheDir, context.machine);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = `not tried, as the cache folder cannot be written: ${toMessage(error)}`;
    failed.push({ route: 'download', reason }, { route: 'go build', reason });
    return null;
  }
  const options = { onProgress: context.onProgress, doing: 'making the Temporal CLI' };
  return withLock(join(folder, 'lock'), options, () => tryInOrder(MAKING_ROUTES, context, failed));
}

async function tryInOrder(
  routes: readonly RouteEntry[],
  context: RouteContext,
  failed: FailedRoute[],
): Promise<ResolvedCli | null> {
  for (const { route, find } of routes) {
    const result = await find(context);
    if ('path' in result) return { path: result.path, route };
    failed.push({ route, reason: result.reason });
  }
  return null;
}

/** The cache is checked twice but reported once. */
function lastReasons(failed: readonly FailedRoute[]): FailedRoute[] {
  const byRoute = new Map(failed.map(({ route, reason }) => [route, reason] as const));
  return [...byRoute].map(([route, reason]) => ({ route, reason }));
}

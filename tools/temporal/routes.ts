import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { binaryDir, binaryName, type Machine } from './cache-path';
import { type Route, TemporalCliPathError, toMessage } from './errors';
import { goBuild } from './go-build';
import { installBinary } from './install';
import type { Download } from './sdk-download';
import { isAtLeast, MIN_CLI_VERSION, readCliVersion } from './version';

/** Context available to every route. */
export interface RouteContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cacheDir: string;
  readonly machine: Machine;
  readonly packageRoot: string;
  readonly onProgress: (line: string) => void;
  readonly download: Download;
}

/** Result of a route: the binary, or why there is none. */
type RouteResult = { readonly path: string } | { readonly reason: string };

export interface RouteEntry {
  readonly route: Route;
  readonly find: (context: RouteContext) => Promise<RouteResult>;
}

/** Routes that find an existing binary. */
export const FINDING_ROUTES: readonly RouteEntry[] = [
  { route: 'TEMPORAL_CLI_PATH', find: fromSetting },
  { route: 'PATH', find: fromPath },
  { route: 'cache', find: fromCache },
];

/**
 * Routes that make a binary and cache it, by one process at a time. The cache comes first, because another process may
 * have filled it.
 */
export const MAKING_ROUTES: readonly RouteEntry[] = [
  { route: 'cache', find: fromCache },
  { route: 'download', find: byDownload },
  { route: 'go build', find: byGoBuild },
];

/** Path of this version's binary in the cache. */
function cachedBinary({ cacheDir, machine }: RouteContext): string {
  return join(binaryDir(cacheDir, machine), binaryName(machine.platform));
}

async function fromSetting({ env, onProgress }: RouteContext): Promise<RouteResult> {
  const setting = env['TEMPORAL_CLI_PATH'];
  if (setting === undefined || setting === '') return { reason: 'not set' };
  const path = resolve(setting);
  const version = await readCliVersion(path).catch((error: unknown) => {
    throw new TemporalCliPathError(path, toMessage(error));
  });
  // The user chose it, so it is used; but a possible later failure is announced.
  if (!isAtLeast(version, MIN_CLI_VERSION)) onProgress(`TEMPORAL_CLI_PATH: ${tooOld(path, version)}`);
  return { path };
}

async function fromPath({ env, machine, onProgress }: RouteContext): Promise<RouteResult> {
  const path = findOnPath(binaryName(machine.platform), env);
  if (path === null) return { reason: '`temporal` is not on PATH' };
  const reason = await whyNotUsable(path);
  if (reason === null) return { path };
  onProgress(`Not using the Temporal CLI on PATH: ${reason}`);
  return { reason };
}

async function fromCache(context: RouteContext): Promise<RouteResult> {
  const path = cachedBinary(context);
  if (!isExecutableFile(path)) return { reason: `no binary at "${path}"` };
  const reason = await whyNotUsable(path);
  return reason === null ? { path } : { reason };
}

async function byDownload(context: RouteContext): Promise<RouteResult> {
  const { env, packageRoot, onProgress, download } = context;
  return install('download', context, (output) => download({ env, packageRoot, output, onProgress }));
}

async function byGoBuild(context: RouteContext): Promise<RouteResult> {
  const { env, packageRoot, onProgress } = context;
  if (findOnPath(context.machine.platform === 'win32' ? 'go.exe' : 'go', env) === null) {
    return { reason: '`go` is not on PATH' };
  }
  return install('go build', context, (output) => goBuild({ env, packageRoot, output, onProgress }));
}

/** A failed attempt is a result of its route; the next route may succeed. */
async function install(
  route: Route,
  context: RouteContext,
  make: (output: string) => Promise<void>,
): Promise<RouteResult> {
  const path = cachedBinary(context);
  try {
    await installBinary(path, make);
    return { path };
  } catch (error) {
    context.onProgress(`No Temporal CLI by ${route}: ${toMessage(error)}`);
    return { reason: toMessage(error) };
  }
}

async function whyNotUsable(path: string): Promise<string | null> {
  try {
    const version = await readCliVersion(path);
    return isAtLeast(version, MIN_CLI_VERSION) ? null : tooOld(path, version);
  } catch (error) {
    return toMessage(error);
  }
}

function tooOld(path: string, version: string): string {
  return `"${path}" is version ${version}, and ${MIN_CLI_VERSION} or newer is needed`;
}

function findOnPath(name: string, env: NodeJS.ProcessEnv): string | null {
  // Relative entries are skipped, because they depend on the current folder.
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isExecutableFile) ?? null;
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Missing or not ours to run: the same to the caller.
  }
}

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { NotThere, TemporalServerError, toMessage } from './errors';
import { type GoPrograms, goBuild, goProgramsFolder } from './go-programs';
import { install } from './install';
import { runAlone } from './run-alone';
import { type Download, sdkDownload } from './sdk-download';
import { TEMPORAL_CLI_VERSION, whyTooOld } from './version';

interface ResolveOptions {
  /** The environment; TEMPORAL_CLI_PATH, PATH, the cache folder and Go's settings are read from it. */
  readonly env: NodeJS.ProcessEnv;
  /** Called at least every 5 s during slow steps. Default: silent. */
  readonly onProgress?: (line: string) => void;
  /** For tests: replaces the SDK's download. */
  readonly download?: Download;
}

/** Ways to obtain the Temporal CLI, in the order in which they are tried. */
type Route = 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'go build';

interface ResolvedCli {
  /** The `temporal` binary. */
  readonly path: string;
  /** How the binary was obtained; one just made by another process counts as `cache`. */
  readonly route: Route;
}

/** The function returns the binary's path, or throws why there is none. */
type RouteEntry = readonly [Route, () => Promise<string>];

const REMEDY = [
  'To fix this, do one of the following:',
  '  - install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH;',
  '  - or set TEMPORAL_CLI_PATH to a `temporal` binary you already have;',
  '  - or install Go (https://go.dev/dl), version as in tools/temporal/go.mod, so that it can be built here.',
].join('\n');

const EXECUTABLE = process.platform === 'win32' ? '.exe' : '';
const CLI_NAME = `temporal${EXECUTABLE}`;

const CLI: GoPrograms = {
  title: `the Temporal CLI ${TEMPORAL_CLI_VERSION}`,
  release: `temporal-cli-${TEMPORAL_CLI_VERSION}`,
  module: 'temporal',
  programs: { [CLI_NAME]: 'github.com/temporalio/cli/cmd/temporal' },
  minutes: 5,
  linkerFlags: `-X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_CLI_VERSION}`,
};

/**
 * Finds or makes the Temporal CLI, in this order: TEMPORAL_CLI_PATH, `temporal` on PATH, our cache, download by the
 * SDK, build with Go. Concurrent processes make it once.
 *
 * @throws TemporalServerError NO_CLI if TEMPORAL_CLI_PATH is set but not usable; or naming every route, if none worked
 */
export async function resolveTemporalCli(options: ResolveOptions): Promise<ResolvedCli> {
  const { env, onProgress = () => undefined, download = sdkDownload } = options;
  const chosen = env['TEMPORAL_CLI_PATH'];
  if (chosen) return { path: await checkChosen(resolve(chosen), onProgress), route: 'TEMPORAL_CLI_PATH' };
  const cached = join(goProgramsFolder(env, CLI), CLI_NAME);
  const temporary = `${cached}.making`;
  const cache: RouteEntry = ['cache', async () => checkCli(firstExecutable([cached], `no binary at "${cached}"`))];
  const finding: RouteEntry[] = [['PATH', async () => checkCli(findOnPath('temporal', env))], cache];
  const making: RouteEntry[] = [
    // Another process may have filled it.
    cache,
    ['download', () => installCli(cached, temporary, (output) => download({ env, output, onProgress }))],
    ['go build', () => installCli(cached, temporary, (output) => goBuild(env, CLI, output, onProgress))],
  ];
  const reasons = new Map<Route, string>([['TEMPORAL_CLI_PATH', 'not set']]);
  const found = await tryInOrder(finding, reasons, onProgress);
  if (found !== null) return found;
  const make = () => tryInOrder(making, reasons, onProgress);
  const made = await runAlone(temporary, `making ${CLI.title}`, onProgress, make).catch((error: unknown) => {
    const reason = `not tried, as the cache folder cannot be written: ${toMessage(error)}`;
    for (const route of ['download', 'go build'] as const) reasons.set(route, reason);
    return null;
  });
  if (made !== null) return made;
  const tried = [...reasons].map(([route, reason]) => `  - ${route}: ${reason}`);
  throw new TemporalServerError(
    'NO_CLI',
    ['No Temporal CLI could be found or made. Tried:', ...tried, REMEDY].join('\n'),
  );
}

/** Returns the first result, or `null` and the reasons. */
async function tryInOrder(
  routes: readonly RouteEntry[],
  reasons: Map<Route, string>,
  onProgress: (line: string) => void,
): Promise<ResolvedCli | null> {
  for (const [route, find] of routes) {
    try {
      return { path: await find(), route };
    } catch (error) {
      if (!(error instanceof NotThere)) onProgress(`Not using the Temporal CLI from ${route}: ${toMessage(error)}`);
      reasons.set(route, toMessage(error));
    }
  }
  return null;
}

/** Installs the binary only if it works. */
function installCli(target: string, folder: string, make: (output: string) => Promise<void>): Promise<string> {
  return install(target, folder, async (output) => {
    await make(output);
    await checkCli(output);
  });
}

/** The user chose it: never ignored silently, and used even if it is old. */
async function checkChosen(path: string, onProgress: (line: string) => void): Promise<string> {
  try {
    const tooOld = await whyTooOld(path);
    if (tooOld !== null) onProgress(`TEMPORAL_CLI_PATH: ${tooOld}`);
    return path;
  } catch (error) {
    const message =
      `TEMPORAL_CLI_PATH is set to "${path}", which is not a usable Temporal CLI: ${toMessage(error)}. ` +
      'Correct it, or unset it to let the Temporal CLI be found or made.';
    throw new TemporalServerError('NO_CLI', message);
  }
}

/** Returns the path; throws if it is not a Temporal CLI, or too old. */
async function checkCli(path: string): Promise<string> {
  const tooOld = await whyTooOld(path);
  if (tooOld !== null) throw new Error(tooOld);
  return path;
}

function findOnPath(name: string, env: NodeJS.ProcessEnv): string {
  // Relative entries are skipped, because they depend on the current folder.
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute);
  const files = folders.map((folder) => join(folder, `${name}${EXECUTABLE}`));
  return firstExecutable(files, `\`${name}\` is not on PATH`);
}

function firstExecutable(files: readonly string[], ifNone: string): string {
  const found = files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false; // Missing or not ours to run: the same to the caller.
    }
  });
  if (found === undefined) throw new NotThere(ifNone);
  return found;
}

import { runCommand } from './run-command';

/** The Temporal CLI that this project is built and tested with; `go.mod` in this folder uses the same version. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** The oldest Temporal CLI accepted from PATH: the first of the server line that we rely on. */
const MIN_CLI_VERSION = '1.9.0';

/** Timeout of `temporal --version`, in ms. A cold disk needs a second or two. */
const VERSION_TIMEOUT_MS = 20_000;

/** Runs `<path> --version` and returns why it is too old, or `null`; throws if it is not a Temporal CLI. */
export async function whyTooOld(path: string): Promise<string | null> {
  const stdout = await runCommand(path, ['--version'], { timeout: VERSION_TIMEOUT_MS });
  const version = /^temporal version v?(\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
  if (version === undefined) {
    throw new Error(`\`${path} --version\` is not the output of a Temporal CLI: "${stdout.trim()}"`);
  }
  if (isAtLeast(version, MIN_CLI_VERSION)) return null;
  return `"${path}" is version ${version}, and ${MIN_CLI_VERSION} or newer is needed`;
}

/** Whether `version` is at least `oldest`; both begin with `major.minor.patch`. */
export function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0;
}

import { runCommand } from './run-command';

/** The Temporal CLI that this project is built and tested with; `go.mod` in this folder uses the same version. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** The oldest Temporal CLI accepted from PATH: the first of the server line that we rely on. */
export const MIN_CLI_VERSION = '1.9.0';

/** Timeout of `temporal --version`, in ms. A cold disk needs a second or two. */
const VERSION_TIMEOUT_MS = 20_000;

/** Runs `<path> --version` and returns the CLI's version, such as `1.9.1`; throws if it is not a Temporal CLI. */
export async function readCliVersion(path: string): Promise<string> {
  const { stdout } = await runCommand(path, ['--version'], { timeoutMs: VERSION_TIMEOUT_MS });
  const version = /^temporal version v?(\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
  if (version === undefined) {
    throw new Error(`\`${path} --version\` is not the output of a Temporal CLI: "${stdout.trim()}"`);
  }
  return version;
}

/** Whether `version` is at least `oldest`; both are `major.minor.patch`, and suffixes are ignored. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [have, want] = [parseNumbers(version), parseNumbers(oldest)];
  const firstDifference = want.findIndex((number, index) => have[index] !== number);
  return firstDifference === -1 || (have[firstDifference] ?? 0) > (want[firstDifference] ?? 0);
}

function parseNumbers(version: string): number[] {
  return version.split('.', 3).map((part) => Number.parseInt(part, 10));
}

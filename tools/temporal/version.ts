import { runCommand } from './run-command';

/** The Temporal CLI this project is built and tested with; `go.mod` beside this file names the same one. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** The oldest Temporal CLI found on PATH that is used: its server is the first of the line we rely on. */
export const MIN_CLI_VERSION = '1.9.0';

/** Longest time `temporal --version` may take, in milliseconds. A cold disk needs a second or two. */
const VERSION_TIMEOUT_MS = 20_000;

/** Runs `<path> --version` and returns the CLI's version, such as `1.9.1`; throws when it is not a Temporal CLI. */
export async function readCliVersion(path: string): Promise<string> {
  const { stdout } = await runCommand(path, ['--version'], { timeoutMs: VERSION_TIMEOUT_MS });
  const version = /^temporal version v?(\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
  if (version === undefined) {
    throw new Error(`\`${path} --version\` does not answer like a Temporal CLI, but with "${stdout.trim()}"`);
  }
  return version;
}

/** Whether `version` is at least `oldest`; both are `major.minor.patch`, a suffix is left out of account. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [have, want] = [parseNumbers(version), parseNumbers(oldest)];
  const firstDifference = want.findIndex((number, index) => have[index] !== number);
  return firstDifference === -1 || (have[firstDifference] ?? 0) > (want[firstDifference] ?? 0);
}

function parseNumbers(version: string): number[] {
  return version.split('.', 3).map((part) => Number.parseInt(part, 10));
}

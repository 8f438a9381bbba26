import { existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './run-command';
import { TEMPORAL_CLI_VERSION } from './version';

interface DownloadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The file to write, in a folder for this download. */
  readonly output: string;
  readonly onProgress: (line: string) => void;
  /** Aborts if no byte arrives for this time, in ms. Default 15,000. */
  readonly stallMs?: number;
  /** For tests: path of `@temporalio/testing`. */
  readonly testing?: string;
}

export type Download = (options: DownloadOptions) => Promise<void>;

/**
 * The SDK downloads only as the first step of starting a server. `--help` makes that server exit immediately, so none
 * is left behind. It runs in a separate process, because a download cannot be cancelled otherwise.
 */
const SCRIPT = `
const [testing, downloadDir, version] = process.argv.slice(1);
const { TestWorkflowEnvironment } = require(testing);
const executable = { type: 'cached-download', downloadDir, version };
TestWorkflowEnvironment.createLocal({ server: { executable, extraArgs: ['--help'] } }).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
`;

const POLL_INTERVAL_MS = 100;
/** One line of progress in 4 s. */
const POLLS_PER_LINE = 40;

/** Lets the Temporal SDK download the CLI; aborts early if its download host is unreachable. */
export const sdkDownload: Download = async ({ env, output, onProgress, stallMs = 15_000, testing }) => {
  const [folder, version] = [dirname(output), `v${TEMPORAL_CLI_VERSION}`];
  // The SDK downloads under another name and renames the file.
  const file = join(folder, `temporal-${version}${extname(output)}`);
  const part = `${file}.downloading`;
  const args = ['-e', SCRIPT, testing ?? require.resolve('@temporalio/testing'), folder, version];
  const stop = new AbortController();
  const ended = runCommand(process.execPath, args, { env, signal: stop.signal }).then(
    () => new Error('the Temporal SDK has downloaded nothing'),
    (error: Error) => error,
  );
  try {
    let [bytes, lastByteAt] = [0, Date.now()];
    for (let poll = 0; Date.now() - lastByteAt < stallMs; poll += 1) {
      const megabytes = Math.round(bytes / 1e6);
      if (poll % POLLS_PER_LINE === 0) onProgress(`Downloading the Temporal CLI ${version}: ${megabytes} MB`);
      const end = await Promise.race([ended, sleep(POLL_INTERVAL_MS, null)]);
      if (existsSync(file)) return await rename(file, output);
      if (end !== null) throw end;
      const size = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
      if (size > bytes) [bytes, lastByteAt] = [size, Date.now()];
    }
    throw new Error(`no answer from the download host for ${stallMs / 1000} s`);
  } finally {
    stop.abort();
    await ended;
    await rm(part, { force: true });
  }
};

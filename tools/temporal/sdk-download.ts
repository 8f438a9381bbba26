import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toErrno } from './errors';
import { LineTail, onLines } from './lines';
import { every } from './progress';
import { TEMPORAL_CLI_VERSION } from './version';

interface DownloadOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly packageRoot: string;
  /** The file to write. */
  readonly output: string;
  readonly onProgress: (line: string) => void;
  /** Aborts if no byte arrives for this time, in ms. Default 15,000. */
  readonly stallMs?: number;
}

/** Downloads the Temporal CLI to `output`. */
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

/** Lets the Temporal SDK download the CLI; aborts early if its download host is unreachable. */
export const sdkDownload: Download = async (options) => {
  options.onProgress(`Downloading the Temporal CLI ${TEMPORAL_CLI_VERSION}`);
  const folder = `${options.output}.d`;
  await mkdir(folder);
  const testing = require.resolve('@temporalio/testing', { paths: [options.packageRoot] });
  const child = spawn(process.execPath, ['-e', SCRIPT, testing, folder, `v${TEMPORAL_CLI_VERSION}`], {
    env: options.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    await rename(await findDownload(child, folder, options), options.output);
  } finally {
    await killed(child);
    await rm(folder, { recursive: true, force: true });
  }
};

/** Waits for the finished file: the SDK downloads under another name and renames it. */
async function findDownload(child: ChildProcess, folder: string, options: DownloadOptions): Promise<string> {
  const stallMs = options.stallMs ?? 15_000;
  const report = every(4_000, options.onProgress, 4_000);
  const tail = new LineTail(1);
  if (child.stderr !== null) onLines(child.stderr, (line) => tail.add(line));
  for (let [bytes, lastByteAt] = [0, Date.now()]; Date.now() - lastByteAt < stallMs; await sleep(POLL_INTERVAL_MS)) {
    // Checked before the file: once the process has ended, its file is complete.
    const ended = child.exitCode !== null || child.signalCode !== null;
    const file = await newestFile(folder);
    if (file !== null && !file.path.endsWith('.downloading')) return file.path;
    if (ended) throw new Error(`the Temporal SDK could not download it: ${withoutRepetition(tail.text)}`);
    if (file !== null && file.bytes > bytes) [bytes, lastByteAt] = [file.bytes, Date.now()];
    report(`Downloading the Temporal CLI: ${Math.round(bytes / 1e6)} MB`);
  }
  throw new Error(`no answer from the download host for ${stallMs / 1000} s`);
}

/** The SDK's message repeats the messages of its causes. */
function withoutRepetition(message: string): string {
  return [...new Set(message.split(': '))].join(': ');
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  if (child.kill('SIGKILL')) await exit;
}

async function newestFile(folder: string): Promise<{ path: string; bytes: number } | null> {
  const name = (await readdir(folder))[0];
  if (name === undefined) return null;
  const path = join(folder, name);
  try {
    return { path, bytes: (await stat(path)).size };
  } catch (error) {
    if (toErrno(error) === 'ENOENT') return null; // Renamed just now: seen next time.
    throw error;
  }
}

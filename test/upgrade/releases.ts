/** Two releases of the built package, as workers in processes of their own. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { BUNDLE_FILES } from '../../worker/bundle';
import { type CliProcess, startCli } from '../cli/cli-process';
import type { Rig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

const run = promisify(execFile);
const DEPLOYMENT = 'images';
const ROOT = path.join(__dirname, '..', '..');
/** In the coordinator's code, before the numbers: what Temporal UI shows of a page. */
const SUMMARY = 'const rows = `rows ';
export const MARK = 'opened by the old release';

export interface ReleasedWorker {
  /** As in the events of histories. */
  readonly identity: RegExp;
  /** As a roll-out does it; gives the exit code. */
  stop(): Promise<number | null>;
}

const running = new Set<CliProcess>();

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all([...running].map(({ finished }) => finished));
});

/** A copy of this build in a folder of its own whose bundle of workflows differs in the summary of pages. */
export function makeOldRelease(): string {
  const folder = tempFolder();
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const bundle = path.join(folder, 'dist', 'worker', BUNDLE_FILES.plainFailures);
  const code = readFileSync(bundle, 'utf8');
  if (!code.includes(SUMMARY)) throw new Error(`${bundle} does not contain ${SUMMARY}; name another harmless text`);
  writeFileSync(bundle, code.replace(SUMMARY, `${SUMMARY}${MARK} `));
  return folder;
}

/**
 * Resolves when the worker polls.
 *
 * @param release folder of the package; default: this build
 */
export async function startRelease(
  rig: Rig,
  release: string = ROOT,
  more: NodeJS.ProcessEnv = {},
): Promise<ReleasedWorker> {
  const env = {
    ...rig.server.env,
    IMAGEPIPELINE_API_KEY: rig.emulator.apiKey,
    IMAGEPIPELINE_BASE_URL: rig.emulator.url,
    IMAGEPIPELINE_STORE: rig.store,
    ...more,
  };
  const cli = startCli(['worker'], rig.store, env, path.join(release, 'bin', 'imagepipeline.js'));
  running.add(cli);
  await cli.seen(/^ready/m);
  return {
    identity: new RegExp(`^${cli.child.pid}@`),
    stop: async () => {
      cli.child.kill('SIGTERM');
      const { code } = await cli.finished;
      running.delete(cli);
      return code;
    },
  };
}

/** Makes a worker one of the deployment's versions. */
export const versioned = (buildId: string) => ({
  IMAGEPIPELINE_DEPLOYMENT: DEPLOYMENT,
  IMAGEPIPELINE_BUILD_ID: buildId,
});

export async function makeCurrent({ server: { address, namespace } }: Rig, buildId: string): Promise<void> {
  const version = ['--deployment-name', DEPLOYMENT, '--build-id', buildId, '--yes'];
  const where = ['--address', address, '--namespace', namespace];
  const args = ['worker', 'deployment', 'set-current-version', ...version, ...where];
  // The server knows of a version a moment after its first worker polls.
  await until(`${buildId} is current`, () =>
    run(process.env['TEMPORAL_CLI_PATH'] ?? '', args).then(
      () => true,
      () => false,
    ),
  );
}

/** Schemathesis against a running gateway: every operation of the OpenAPI document, with requests that are right and wrong by it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { startTestApi, TOKEN } from './api-harness';

const VERSION = '4.32.5';
/** Where `.ci/install-tools` installs it. */
const INSTALLED = path.join(homedir(), '.cache', 'imagepipeline-temporal', 'python-schemathesis');
const isInstalled = existsSync(path.join(INSTALLED, `schemathesis-${VERSION}.dist-info`));
const EXAMPLES = 25;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Skipped with a count where it is not installed. */
const testIfInstalled = isInstalled ? test : test.skip;

/** Some thousand requests, on a machine that may be busy. */
const TIMEOUT_MS = 1_200_000;

async function findNothing(): Promise<void> {
  const rig = await startRig();
  const api = await startTestApi(rig, { requestsPerMinute: 1_000_000, wrongTokensPerMinute: 1_000_000 });
  const [command, ...options] = [
    ...['-m', 'schemathesis.cli', '--config-file', path.join(__dirname, 'schemathesis.toml')],
    ...['run', `${api.url}/openapi.json`, '--url', api.url, '-H', `Authorization: Bearer ${TOKEN}`],
    ...['--phases', 'coverage,fuzzing', '-n', String(EXAMPLES), '--seed', '1', '--generation-database', 'none'],
    ...['--no-color', '--request-timeout', '60', '--continue-on-failure'],
  ];
  const run = promisify(execFile)('python3', [command ?? '', ...options], {
    cwd: tempFolder(),
    env: { ...process.env, PYTHONPATH: INSTALLED },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  const { stdout } = await run.catch((error: { readonly stdout?: string }) => ({ stdout: `FAILED\n${error.stdout}` }));
  await rig.close();
  expect(stdout).not.toMatch(/^FAILED/);
  expect(stdout).toMatch(/Tested: \d\d/);
}

testIfInstalled(`Schemathesis ${VERSION} finds nothing`, findNothing, TIMEOUT_MS);

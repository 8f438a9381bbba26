/** Installs that lack something: one sentence and exit code 2, and what can work without it does. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findNativeProblem, type SystemReport } from '../../cli/native-problem';
import { tempFolder } from '../support/temp-folder';

const BIN = path.join(__dirname, '..', '..', 'bin', 'imagepipeline.js');
const folder = tempFolder();
const NOBODY = '127.0.0.1:1';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in a Node that `preload` has changed before. */
function runWith(preload: string, ...args: string[]): Promise<Ran> {
  const file = path.join(folder, 'preload.js');
  writeFileSync(file, preload);
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TEMPORAL_ADDRESS: NOBODY };
  return new Promise((resolve) => {
    execFile(process.execPath, ['-r', file, BIN, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const SHARP = 'Could not load the "sharp" module using the linux-x64 runtime\\nPossible solutions:\\n- Ensure optional';
const BRIDGE =
  'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by core-bridge/index.node)';

/** As where nothing native was installed. */
const WITHOUT_NATIVE = `
  const Module = require('node:module');
  const load = Module._load;
  Module._load = function (name, ...rest) {
    if (name === 'sharp') throw new Error('${SHARP}');
    if (name === '@temporalio/core-bridge') throw Object.assign(new Error('${BRIDGE}'), { code: 'ERR_DLOPEN_FAILED' });
    return load.call(this, name, ...rest);
  };
`;

test.each(['18.20.4', '20.2.0', '12.0.0'])('Node %s is too old, and says so', async (version) => {
  const preload = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  expect(await runWith(preload, 'plan', 'x.csv')).toEqual({
    code: 2,
    stdout: '',
    stderr: `imagepipeline needs Node 20.3 or newer, and this is ${version}; see https://nodejs.org\n`,
  });
});

test.each([
  [
    'sheet',
    ['sheet', 'a'],
    /^the native part of sharp, which decodes pictures, cannot be loaded on \w+-\w+; run "npm ci" again/,
  ],
  ['emulator', ['emulator'], /^the native part of sharp, /],
  ['worker', ['worker'], /^the native part of Temporal's worker cannot be loaded on \w+-\w+; run "npm ci" again/],
  ['dev', ['dev'], /^the native part of Temporal's worker cannot/],
])('%s needs native code, and says in one sentence that it is missing', async (_name, args, words) => {
  const { code, stdout, stderr } = await runWith(WITHOUT_NATIVE, ...args);
  expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
  expect(stderr).toMatch(words);
});

test('plan, status, results, gateway and all help work without native code', async () => {
  writeFileSync(path.join(folder, 'rows.csv'), 'prompt\na\n');
  const [plan, status, results, gateway, help] = await Promise.all([
    runWith(WITHOUT_NATIVE, 'plan', 'rows.csv'),
    runWith(WITHOUT_NATIVE, 'status', 'a'),
    runWith(WITHOUT_NATIVE, 'results', 'a'),
    runWith(WITHOUT_NATIVE, 'gateway'),
    runWith(WITHOUT_NATIVE, '--help'),
  ]);
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(status.stderr).toContain(NOBODY);
  expect(results.stderr).toMatch(/the folder of the store, .*, does not exist; mount it/);
  expect(gateway.stderr).toContain('IMAGEPIPELINE_CALLBACK_SECRET is not set');
  expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/worker +not available here/) });
});

test('on musl the sentence says what Temporal needs', () => {
  const error = Object.assign(new Error(BRIDGE), { code: 'ERR_DLOPEN_FAILED' });
  const on = (header: SystemReport['header']) => findNativeProblem(error, () => ({ header }));
  expect(on({ platform: 'linux', arch: 'x64' })).toMatch(
    /it needs glibc, but this system uses musl, as Alpine does; use/,
  );
  expect(on({ platform: 'linux', arch: 'x64', glibcVersionRuntime: '2.36' })).toContain('run "npm ci" again');
  expect(on({ platform: 'win32', arch: 'arm64' })).toContain('run "npm ci" again');
  expect(findNativeProblem(new Error(SHARP), () => ({ header: { platform: 'linux', arch: 'x64' } }))).toContain(
    'npm ci',
  );
});

test.each([
  new Error('sharp words'),
  Object.assign(new Error('no such module: left-pad'), { code: 'MODULE_NOT_FOUND' }),
  'text',
])('another error is none of this: %s', (error) => {
  expect(findNativeProblem(error)).toBeNull();
});

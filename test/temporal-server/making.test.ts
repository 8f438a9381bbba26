import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCacheDir } from '../../tools/temporal/cache-path';
import { goBuild } from '../../tools/temporal/go-build';
import { findPackageRoot } from '../../tools/temporal/package-root';
import { sdkDownload } from '../../tools/temporal/sdk-download';
import { isAtLeast, TEMPORAL_CLI_VERSION } from '../../tools/temporal/version';
import { VERSITYGW_VERSION } from '../../tools/versitygw';
import { Sandbox } from './support/sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

describe('the Go build', () => {
  test('tells at each interval how long it has run and what has been done', async () => {
    const talk = ['go: downloading a.example/m v1.0.0', 'a.example/m/one', 'a.example/m/two', '# not a package'];
    sandbox.go(`${talk.map((line) => `echo "${line}" >&2`).join('; ')}; /bin/sleep 0.5`);
    const lines: string[] = [];
    await goBuild({
      env: sandbox.env(),
      packageRoot: findPackageRoot(),
      output: sandbox.path('out'),
      onProgress: (line) => lines.push(line),
      progressEveryMs: 100,
    });
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.at(-1)).toMatch(/, \d+ s: 1 modules downloaded, 2 packages compiled, latest: a\.example\/m\/two$/);
  });
});

describe('the download by the SDK', () => {
  /** Stands for @temporalio/testing. */
  function sdk(body: string): string {
    const folder = sandbox.path('node_modules', '@temporalio', 'testing');
    mkdirSync(folder, { recursive: true });
    const source = `
      const fs = require('node:fs');
      exports.TestWorkflowEnvironment = { createLocal: async ({ server: { executable: { downloadDir, version } } }) => {
        const file = downloadDir + '/temporal-' + version;
        ${body}
      } };`;
    writeFileSync(join(folder, 'index.js'), source);
    return sandbox.folder;
  }
  const run = (packageRoot: string, stallMs: number) =>
    sdkDownload({ env: {}, packageRoot, output: sandbox.path('out'), onProgress: () => undefined, stallMs });

  test('gives this version, when the SDK has finished it', async () => {
    const root = sdk(`
      fs.writeFileSync(file + '.downloading', version);
      setTimeout(() => fs.renameSync(file + '.downloading', file), 300);`);
    await run(root, 5_000);
    expect(existsSync(sandbox.path('out'))).toBe(true);
    expect(readdirSync(sandbox.folder).filter((name) => name.startsWith('out'))).toEqual(['out']);
  });

  test('fails with what the SDK says', async () => {
    await expect(run(sdk('throw new Error("dns error")'), 5_000)).rejects.toThrow('dns error');
  });

  test('is given up when no byte arrives, and leaves nothing', async () => {
    const root = sdk(`fs.writeFileSync(file + '.downloading', 'some'); setInterval(() => undefined, 1000);`);
    await expect(run(root, 600)).rejects.toThrow('no answer from the download host for 0.6 s');
    expect(readdirSync(sandbox.folder).filter((name) => name.startsWith('out'))).toEqual([]);
  });
});

test.each([
  ['linux', { XDG_CACHE_HOME: '/xdg', HOME: '/home/u' }, '/xdg/imagepipeline-temporal'],
  ['linux', { HOME: '/home/u' }, '/home/u/.cache/imagepipeline-temporal'],
  ['darwin', { HOME: '/Users/u', XDG_CACHE_HOME: '/xdg' }, '/Users/u/Library/Caches/imagepipeline-temporal'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/imagepipeline-temporal'],
] as const)('the cache on %s with %j is %s', (platform, env, folder) => {
  expect(defaultCacheDir(env, platform)).toBe(folder);
});

test.each([
  ['1.9.0', true],
  ['1.9.1', true],
  ['1.10.0', true],
  ['2.0.0', true],
  ['1.8.9', false],
  ['0.99.0', false],
  ['1.9.0-rc.1', true],
])('version %s is new enough for 1.9.0: %s', (version, enough) => {
  expect(isAtLeast(version, '1.9.0')).toBe(enough);
});

test('the package root is found from the sources and from the build alike', () => {
  const root = findPackageRoot();
  expect(existsSync(join(root, 'tools', 'temporal', 'go.mod'))).toBe(true);
  expect(findPackageRoot(join(root, 'dist', 'tools', 'temporal'))).toBe(root);
  expect(() => findPackageRoot(sandbox.folder)).toThrow('No package.json named imagepipeline-temporal');
});

test.each([
  ['temporal', `github.com/temporalio/cli v${TEMPORAL_CLI_VERSION}`],
  ['versitygw', `github.com/versity/versitygw v${VERSITYGW_VERSION}`],
])('go.mod of tools/%s asks for the version that the code names', (tool, asked) => {
  expect(readFileSync(join(findPackageRoot(), 'tools', tool, 'go.mod'), 'utf8')).toContain(asked);
});

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCacheDir, goBuild } from '../../tools/temporal/go-programs';
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
    const talk = ['go: downloading a.example/m v1.0.0', 'a.example/m/one', 'a.example/m/two'];
    sandbox.go(`${talk.map((line) => `echo "${line}" >&2`).join('; ')}; /bin/sleep 0.5`);
    const lines: string[] = [];
    const wanted = { title: 'x', release: 'x-1', module: 'temporal', programs: { out: 'a.example/m' }, minutes: 3 };
    await goBuild(sandbox.env(), wanted, sandbox.path('out'), (line) => lines.push(line), 100);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.at(-1)).toMatch(/^Building x, \d+ s of about 3 minutes: a\.example\/m\/two$/);
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
    return folder;
  }
  const run = (testing: string, stallMs: number) => {
    mkdirSync(sandbox.path('temporary'));
    return sdkDownload({
      env: {},
      testing,
      output: sandbox.path('temporary', 'out'),
      onProgress: () => undefined,
      stallMs,
    });
  };

  test('gives this version, when the SDK has finished it', async () => {
    const testing = sdk(`
      fs.writeFileSync(file + '.downloading', version);
      setTimeout(() => fs.renameSync(file + '.downloading', file), 300);`);
    await run(testing, 5_000);
    expect(readdirSync(sandbox.path('temporary'))).toEqual(['out']);
  });

  test('fails with what the SDK says', async () => {
    await expect(run(sdk('throw new Error("dns error")'), 5_000)).rejects.toThrow('dns error');
  });

  test('is given up when no byte arrives, and leaves nothing', async () => {
    const testing = sdk(`fs.writeFileSync(file + '.downloading', 'some'); setInterval(() => undefined, 1000);`);
    await expect(run(testing, 600)).rejects.toThrow('no answer from the download host for 0.6 s');
    expect(readdirSync(sandbox.path('temporary'))).toEqual([]);
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
});

test.each([
  ['temporal', `github.com/temporalio/cli v${TEMPORAL_CLI_VERSION}`],
  ['versitygw', `github.com/versity/versitygw v${VERSITYGW_VERSION}`],
])('go.mod of tools/%s asks for the version that the code names', (tool, asked) => {
  expect(readFileSync(join(findPackageRoot(), 'tools', tool, 'go.mod'), 'utf8')).toContain(asked);
});

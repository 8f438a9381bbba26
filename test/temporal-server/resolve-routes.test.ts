import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resolveTemporalCli, TEMPORAL_CLI_VERSION } from '../../tools/temporal';
import type { Download } from '../../tools/temporal/sdk-download';
import { Sandbox } from './support/sandbox';

let sandbox: Sandbox;
let progress: string[];

beforeEach(() => {
  sandbox = new Sandbox();
  progress = [];
});
afterEach(() => sandbox.remove());

const noDownload: Download = () => Promise.reject(new Error('the host is not there'));

function resolve(env: NodeJS.ProcessEnv = {}, download: Download = noDownload) {
  return resolveTemporalCli({ env: sandbox.env(env), download, onProgress: (line) => progress.push(line) });
}

describe('the order of the routes', () => {
  test('TEMPORAL_CLI_PATH comes before everything else', async () => {
    const own = sandbox.temporal(sandbox.path('own-temporal'));
    sandbox.temporal(join(sandbox.bin, 'temporal'));
    sandbox.temporal(sandbox.cached);
    await expect(resolve({ TEMPORAL_CLI_PATH: own })).resolves.toEqual({ path: own, route: 'TEMPORAL_CLI_PATH' });
  });

  test('an old binary that the user has chosen is used, and said to be old', async () => {
    const own = sandbox.temporal(sandbox.path('own-temporal'), '1.4.0');
    await expect(resolve({ TEMPORAL_CLI_PATH: own })).resolves.toMatchObject({ path: own });
    expect(progress.join()).toContain('is version 1.4.0');
  });

  test('`temporal` on PATH comes before the cache', async () => {
    const installed = sandbox.temporal(join(sandbox.bin, 'temporal'));
    sandbox.temporal(sandbox.cached);
    await expect(resolve()).resolves.toEqual({ path: installed, route: 'PATH' });
  });

  test('a `temporal` on PATH that is too old is left out, and the reason is reported', async () => {
    sandbox.temporal(join(sandbox.bin, 'temporal'), '1.8.9');
    sandbox.temporal(sandbox.cached);
    await expect(resolve()).resolves.toEqual({ path: sandbox.cached, route: 'cache' });
    expect(progress).toEqual([expect.stringMatching(/Not using.* is version 1\.8\.9, and 1\.9\.0 or newer is needed/)]);
  });

  test('the cache comes before making one', async () => {
    sandbox.temporal(sandbox.cached);
    sandbox.go();
    await expect(resolve()).resolves.toEqual({ path: sandbox.cached, route: 'cache' });
    expect(sandbox.builds()).toEqual([]);
  });

  test('the download comes before the build, and its result is kept in the cache', async () => {
    sandbox.go();
    const download: Download = async ({ output }) => void sandbox.temporal(output);
    await expect(resolve({}, download)).resolves.toEqual({ path: sandbox.cached, route: 'download' });
    await expect(resolve()).resolves.toEqual({ path: sandbox.cached, route: 'cache' });
    expect(sandbox.builds()).toEqual([]);
  });

  test('a download that fails leads to the build, with the documented command', async () => {
    sandbox.go();
    await expect(resolve()).resolves.toEqual({ path: sandbox.cached, route: 'go build' });
    const version = `github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_CLI_VERSION}`;
    expect(sandbox.builds()).toEqual([expect.stringContaining(`build -v -trimpath -ldflags -s -w -X ${version} -o `)]);
    expect(sandbox.builds()[0]).toMatch(/ github\.com\/temporalio\/cli\/cmd\/temporal \[0\] \[go\.mod go\.sum\]/);
  });
});

describe('what is not usable', () => {
  test('a TEMPORAL_CLI_PATH that does not exist is an error, not a reason to look elsewhere', async () => {
    sandbox.temporal(sandbox.cached);
    const missing = sandbox.path('missing');
    await expect(resolve({ TEMPORAL_CLI_PATH: missing })).rejects.toThrow(
      new RegExp(`TEMPORAL_CLI_PATH is set to "${missing}".*ENOENT.*unset it`),
    );
  });

  test('a TEMPORAL_CLI_PATH that is another program is an error that quotes its answer', async () => {
    const other = sandbox.script(sandbox.path('other'), 'echo hello');
    await expect(resolve({ TEMPORAL_CLI_PATH: other })).rejects.toThrow('"hello"');
  });

  test('a damaged binary in the cache is replaced', async () => {
    sandbox.script(sandbox.cached, 'exit 3');
    sandbox.go();
    await expect(resolve()).resolves.toEqual({ path: sandbox.cached, route: 'go build' });
    expect(readFileSync(sandbox.cached, 'utf8')).toContain('temporal version');
  });

  test.each([
    ['is half-written', '#!/bin/sh\nexit 1'],
    ['is empty', ''],
  ])('a built binary that %s never gets the final name, and nothing of it stays', async (_how, binary) => {
    sandbox.go('', binary);
    await expect(resolve()).rejects.toThrow('go build: ');
    expect(readdirSync(dirname(sandbox.cached))).toEqual([]);
  });

  test('the error names every route, why it failed, and what to install', async () => {
    const message = await resolve().then(
      () => 'resolved',
      (error: Error) => error.message,
    );
    for (const line of [
      '- TEMPORAL_CLI_PATH: not set',
      '- PATH: `temporal` is not on PATH',
      `- cache: no binary at "${sandbox.cached}"`,
      '- download: the host is not there',
      '- go build: `go` is not on PATH',
      'install the Temporal CLI',
      'install Go',
    ]) {
      expect(message).toContain(line);
    }
  });

  test('a failing build is quoted', async () => {
    sandbox.go('echo "go: go.mod requires go >= 99 (running go 1.20)" >&2; exit 1');
    await expect(resolve()).rejects.toThrow('go.mod requires go >= 99');
  });

  test('a cache folder that cannot be written is named', async () => {
    rmSync(sandbox.cacheDir, { recursive: true });
    writeFileSync(sandbox.cacheDir, 'a file where the folder should be');
    await expect(resolve()).rejects.toThrow(/go build: not tried, as the cache folder cannot be written: .*cache/);
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';
import { startCli } from './cli-process';

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the emulator says how to reach it, and %s ends it with 0',
  async (signal) => {
    const { child, finished, seen } = startCli(['emulator', '--job-ms', '5', '--credits', '1'], tempFolder());
    const text = await seen(/^export IMAGEPIPELINE_API_KEY=\S+$/m);
    const [, url, key] = /^ready\b.*(http:\S+) with key (\S+)/.exec(text) ?? [];
    expect(text).toContain(`IMAGEPIPELINE_BASE_URL=${url}`);
    expect(text).toContain(`IMAGEPIPELINE_API_KEY=${key}`);
    const headers = { 'x-api-key': String(key), 'content-type': 'application/json' };
    const body = JSON.stringify({ prompt: 'a fox' });
    const submit = () => fetch(`${url}/generate/image/v1`, { method: 'POST', headers, body });
    expect([(await submit()).status, (await submit()).status]).toEqual([200, 402]);
    child.kill(signal);
    expect((await finished).code).toBe(0);
  },
);

test('every bad flag of the emulator is named at once, with exit code 2', async () => {
  const flags = ['--port', 'x', '--job-ms', '--rate', '-3', '--credits', '', '--bogus'];
  const { code, stdout, stderr } = await runInside(['emulator', ...flags], tempFolder());
  const named = stderr.trim().split('\n');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(named.map((line) => /--[a-z-]+/.exec(line)?.[0]).sort()).toEqual([
    '--bogus',
    '--credits',
    '--job-ms',
    '--port',
    '--rate',
  ]);
});

test('a port that is in use is named, with exit code 2', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, stderr } = await runInside(['emulator', '--port', String(port)], tempFolder());
  other.close();
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `port: cannot listen on 127.0.0.1:${port} (EADDRINUSE); must be another one, or 0 for any free port\n`,
  });
});

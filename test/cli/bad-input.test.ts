import { existsSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';
import { runCli } from './cli-process';

const NOBODY = '127.0.0.1:1';
const folder = tempFolder();

test('every problem of a request is reported at once, by flag, before anything is started', async () => {
  const numbers = ['--seed', '9007199254740993', '--num-inference-steps', '0x10'];
  const flags = [
    '--width',
    '2560',
    ...numbers,
    '--heigth',
    '5',
    '--output-format',
    'gif',
    '--id',
    '../x',
    '--deadline',
    'soon',
  ];
  const { code, stdout, stderr } = await runInside(['generate', 'x', ...flags], folder, { TEMPORAL_ADDRESS: NOBODY });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  for (const name of ['--width', '--output-format', '--id', '--deadline'])
    expect(stderr).toMatch(new RegExp(`^${name} is `, 'm'));
  expect(stderr).toContain('--seed is "9007199254740993"; must be a whole number from -1 to 9007199254740991');
  expect(stderr).toContain('--num-inference-steps is "0x10"; must be a whole number');
  expect(stderr).toContain('unknown flag --heigth; did you mean --height?');
});

test('a prompt is never repeated in an error', async () => {
  const secret = 'a secret unicorn '.repeat(1_000);
  const { code, stderr } = await runInside(['generate', secret], folder, { TEMPORAL_ADDRESS: NOBODY });
  expect(code).toBe(2);
  expect(stderr).toContain('prompt is a text of 17000 characters');
  expect(stderr).not.toContain('unicorn');
});

test('without a server the error names the address and the command that starts one', async () => {
  const { code, stderr } = await runCli(['generate', 'x'], folder, { TEMPORAL_ADDRESS: NOBODY });
  expect(code).toBe(2);
  expect(stderr).toContain(NOBODY);
  expect(stderr).toMatch(/"node \S+imagepipeline\.js dev"/);
});

test('a worker names every setting that is wrong, without showing the key', async () => {
  const env = {
    IMAGEPIPELINE_API_KEY: 'ip_live secret',
    IMAGEPIPELINE_BASE_URL: 'http://example.com',
    IMAGEPIPELINE_STORE: 's3://x',
  };
  const { code, stdout, stderr } = await runInside(['worker'], folder, env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  for (const name of Object.keys(env)) expect(stderr).toContain(name);
  expect(stderr).not.toContain('ip_live');
});

test('a worker without a key says what to set', async () => {
  const { code, stderr } = await runInside(['worker'], folder);
  expect(code).toBe(2);
  expect(stderr).toContain('IMAGEPIPELINE_API_KEY is not set');
});

test('dev refuses the real API without a key before it starts anything', async () => {
  const { code, stderr } = await runInside(['dev', '--no-emulator', '--port', '0', '--ui-port', '0'], folder);
  expect(code).toBe(2);
  expect(stderr).toContain('IMAGEPIPELINE_API_KEY');
  expect(existsSync(path.join(folder, '.imagepipeline'))).toBe(false);
});

test('dev reports every wrong port at once', async () => {
  const { code, stderr } = await runInside(['dev', '--port', 'x', '--ui-port', '70000'], folder);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--port is "x"[\s\S]*--ui-port is "70000"/);
});

test.each([[['nonsense']], [['generate']]])('%j is bad usage', async (args) => {
  const { code, stdout } = await runCli(args, folder);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('help is not an error', async () => {
  const { code, stdout } = await runInside(['--help'], folder);
  expect(code).toBe(0);
  for (const command of ['dev', 'worker', 'generate', 'emulator', 'failures', 'demo', 'plan'])
    expect(stdout).toContain(command);
});

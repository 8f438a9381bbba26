/** Where no worker runs every command says so within seconds, whether it keeps waiting or not. */
import path from 'node:path';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';
import { type CliProcess, startCli } from './cli-process';

const SMALL = ['--width', '32', '--height', '32'];

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  rig = await startRig({ worker: false });
  batchCli = new BatchCli(rig);
  batchCli.writeRows('spring', { a: '' });
  expect(await batchCli.run('batch', 'spring.csv', '--id', 'spring', '--detach')).toMatchObject({ code: 0 });
});
afterAll(() => rig.close());

function start(...args: readonly string[]): CliProcess {
  return startCli(args, path.resolve(batchCli.folder), { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store });
}

test.each([
  ['generate', ['generate', 'a shoe', ...SMALL, '--id', 'shoe'], /waiting for a worker; start one with "/],
  [
    'generate --json',
    ['generate', 'a shoe', ...SMALL, '--id', 'hat', '--json'],
    /waiting for a worker; start one with "/,
  ],
  ['rescue', ['rescue', 'job_1'], /waiting for a worker; start one with "/],
  ['batch', ['batch', 'spring.csv', '--id', 'spring'], /no worker answers for "spring"/],
  ['status --watch', ['status', 'spring', '--watch'], /no worker answers for "spring"/],
  ['results --follow', ['results', 'spring', '--follow'], /no worker answers for "spring"/],
])('%s keeps waiting', async (_name, args, words) => {
  const cli = start(...args);
  await cli.seen(words);
  cli.child.kill('SIGINT');
  await cli.finished;
});

test('a single item that is cancelled says so, and what it waits for', async () => {
  await rig.client.startImage({ id: 'boot', request: { prompt: 'a boot', width: 32, height: 32 } });
  await rig.client.item('boot').cancel();
  const { stdout } = await batchCli.run('status', 'boot');
  expect(stdout).toMatch(/^boot: cancel requested; waiting for a worker; start one with "/);
});

test.each([
  ['status', ['status', 'spring'], /^no worker answers for "spring"; no work is lost/],
  ['redrive', ['redrive', 'spring'], /^no worker answers for "spring"; no work is lost/],
  ['cancel', ['cancel', 'spring'], /^no worker answers for "spring"; the change is not confirmed/],
  ['budget', ['budget', 'spring', '5'], /^no worker answers for "spring"; the change is not confirmed/],
  [
    'account limit',
    ['account', 'limit', '--max-rate', '3'],
    /^no worker answers for "~account\/default"; the change is not/,
  ],
  [
    'account budget',
    ['account', 'budget', '--submissions', '3'],
    /^no worker answers for "~account\/default"; the change/,
  ],
])('%s ends with exit code 2', async (_name, args, words) => {
  expect(await batchCli.run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) });
});

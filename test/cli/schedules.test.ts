/** Schedules by the command line: what each run pays is said and asked about before anything is stored. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CliContext } from '../../cli/context';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';
import { runInside } from './cli-inside';

let rig: Rig;
let cli: BatchCli;
const questions: string[] = [];

beforeAll(async () => {
  rig = await startRig();
  cli = new BatchCli(rig);
});
afterAll(() => rig.close());

function answer(text: string): CliContext['ask'] {
  return async (question) => {
    questions.push(question);
    return text;
  };
}

function run(ask: CliContext['ask'], ...args: readonly string[]) {
  return runInside(args, cli.folder, { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store }, ask);
}

const BILL = `Each run of the schedule pays for all 2 rows again: 2 submissions, 0.08 by --price.
At most 24 runs a day: 48 submissions, 1.92 by --price a day, until it is paused or deleted.
`;

test('a schedule says what it pays, asks, and is then shown, paused, triggered and deleted', async () => {
  const file = cli.writeRows('hourly', { a: 'one', b: 'two' });
  const create = ['batch', file, '--id', 'hourly', '--schedule', '7 * 29 2 *', '--timezone', 'Europe/Berlin'];
  const priced = [...create, '--price', 'generate/image=0.04', '--overlap-policy', 'buffer-one'];
  expect(await run(answer('n'), ...priced)).toEqual({
    code: 2,
    stdout: '',
    stderr: `${BILL}nothing was created; --yes skips the question\n`,
  });
  expect(questions).toEqual(['Create the schedule? [y/N] ']);
  expect(existsSync(path.join(rig.store, 'schedules'))).toBe(false);

  const created = await run(answer('y'), ...priced);
  expect(created).toMatchObject({ code: 0, stderr: `${BILL}created the schedule hourly\n` });
  expect(created.stdout).toContain('7 * 29 2 * Europe/Berlin; 2 items a run, each run pays for all of them again');
  expect((await run(answer('n'), ...priced)).stderr).toBe('found the schedule hourly\n');

  const show = async (name: string, ...more: readonly string[]) => {
    const { code, stdout, stderr } = await run(undefined, 'schedule', name, ...more, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  expect(await show('show', 'hourly')).toMatchObject({ id: 'hourly', paused: false, overlapPolicy: 'BUFFER_ONE' });
  expect(await show('pause', 'hourly', 'until Monday')).toMatchObject({ paused: true, note: 'until Monday' });
  expect((await run(undefined, 'schedule', 'show', 'hourly')).stdout).toContain('hourly: paused: until Monday\n');
  expect(await show('resume', 'hourly')).toMatchObject({ paused: false });
  const { run: started } = await show('trigger', 'hourly');
  expect(started.batchId).toMatch(/^hourly-\d{8}T\d{4}$/);
  await run(undefined, 'schedule', 'list');
  expect(await show('delete', 'hourly')).toEqual({ id: 'hourly', deleted: true });
  expect(await run(undefined, 'schedule', 'show', 'hourly')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no schedule "hourly" of batches in this namespace'),
  });
});

test('every problem of the flags is reported at once, and nothing is stored', async () => {
  const file = cli.writeRows('bad', { a: 'one' });
  const flags = ['--schedule', '0 24 * *', '--timezone', 'europe/berlin', '--overlap-policy', 'never'];
  const more = ['--catchup-window', '1s', '--sample', '1', '--detach'];
  const { code, stderr } = await run(undefined, 'batch', file, ...flags, ...more);
  expect(code).toBe(2);
  expect(stderr.trim().split('\n').sort()).toEqual([
    '--catchup-window is 1000; must be at least 10000 ms',
    '--detach cannot be given with --schedule',
    '--id is missing; a schedule needs a name',
    '--overlap-policy is "NEVER"; must be one of SKIP, BUFFER_ONE, BUFFER_ALL, CANCEL_OTHER, ALLOW_ALL',
    '--sample cannot be given with --schedule',
    expect.stringContaining('--schedule is "0 24 * *"; must be five fields'),
    '--timezone is "europe/berlin"; did you mean Europe/Berlin?',
  ]);
  expect((await run(undefined, 'batch', file, '--timezone', 'UTC')).stderr).toContain('--timezone requires --schedule');
});

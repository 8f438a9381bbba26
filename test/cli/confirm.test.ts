/** Many submissions are confirmed once at a terminal. */
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
beforeEach(() => questions.splice(0));

function answer(text: string): CliContext['ask'] {
  return async (question) => {
    questions.push(question);
    return text;
  };
}

function run(ask: CliContext['ask'], ...args: readonly string[]) {
  return runInside(args, cli.folder, { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store }, ask);
}

const rowsOf = (id: string, count: number, file = `${id}.csv`) =>
  cli.writeRows(
    id,
    Object.fromEntries(Array.from({ length: count }, (_, row) => [`k${row}`, '{{INPUT_INVALID x1}}'])),
    file,
  );

test('batch and redrive ask before more than 100 submissions, and --yes or no terminal skips the question', async () => {
  const args = ['batch', rowsOf('many', 101), '--id', 'many', '--detach'];
  for (const no of ['', 'n', 'yesterday']) {
    expect(await run(answer(no), ...args)).toMatchObject({
      code: 2,
      stderr: 'nothing was started; --yes skips the question\n',
    });
  }
  expect(questions).toEqual(Array(3).fill('101 submissions, and each is paid. Start? [y/N] '));
  expect(rig.emulator.ledger().accepted).toBe(0);
  expect(await rig.client.openStore().batches.readManifest('many')).toBeNull();

  expect((await run(answer(' Yes '), ...args)).code).toBe(0);
  expect((await rig.client.batch('many').result()).counts).toMatchObject({ failed: 101 });
  questions.splice(0);
  // What is found again costs nothing.
  expect((await run(answer('n'), ...args)).stderr).toContain('found many');
  expect(questions).toEqual([]);

  const accepted = () => rig.emulator.ledger().accepted;
  const before = accepted();
  const redrive = ['redrive', 'many', '--detach'];
  expect(await run(answer('n'), ...redrive)).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing was') });
  expect([questions.length, accepted()]).toEqual([1, before]);
  expect((await run(answer('n'), ...redrive, '--yes')).code).toBe(0);
  expect((await rig.client.batch('many').result()).counts).toMatchObject({ succeeded: 101 });
  expect([questions.length, accepted()]).toEqual([1, before + 101]);

  const add = ['batch', rowsOf('many', 202, 'more.csv'), '--id', 'many', '--add', '--detach'];
  expect((await run(answer('n'), ...add)).stderr).toBe('nothing was started; --yes skips the question\n');
  expect((await run(undefined, 'batch', rowsOf('alone', 101), '--id', 'alone', '--detach')).code).toBe(0);
  await rig.client.batch('alone').cancel();
});

test('100 submissions and fewer are not asked about', async () => {
  expect((await run(answer('n'), 'batch', rowsOf('few', 100), '--id', 'few', '--detach')).code).toBe(0);
  expect(questions).toEqual([]);
  await rig.client.batch('few').cancel();
});

/** What did not succeed is run again, exactly that, and nobody pays twice without having been told. */
import type { BatchStatus } from '../../client/batch-status';
import { type Rig, startRig } from '../support/rig';
import { startRigWorker } from '../support/rig-worker';
import { startTestTemporal } from '../support/temporal';
import { until } from '../support/until';
import { Desk, promptOf, told } from './batch-desk';

const SECOND_PAYMENT = /may have been paid, and are paid once more now/;

let rig: Rig;
let desk: Desk;

beforeAll(async () => {
  rig = await startRig();
  desk = new Desk(rig);
});
afterAll(() => rig.close());

const submits = () => rig.emulator.ledger().submits;

/** The answer to the first request of an item is lost after it was accepted. */
function loseFirst(id: string, key: string): void {
  const match = { promptIncludes: promptOf(id, key) };
  rig.emulator.script({ match, times: 1, then: { on: 'submit', fault: 'reset-after-accept' } });
}

function expectWhole({ counts }: BatchStatus, total: number): void {
  const { total: told, skipped: _skipped, ...rest } = counts;
  expect([told, Object.values(rest).reduce((sum, count) => sum + count, 0)]).toEqual([total, total]);
}

describe('a batch that is redriven again and again', () => {
  const ID = 'mix';
  const ROWS = {
    a: '',
    b: '{{MODEL_ERROR x4}}',
    c: '{{INPUT_INVALID x1}}',
    d: '{{INPUT_INVALID x2}}',
    e: 'lost',
    f: 'lost',
  };
  const B = Array<string>(4).fill('MODEL_ERROR');
  const UNKNOWN = 'SUBMIT_OUTCOME_UNKNOWN';

  beforeAll(async () => {
    for (const key of ['e', 'f']) loseFirst(ID, key);
    const { status } = await desk.toEnd('batch', ID, desk.writeRows(ID, ROWS));
    expect(status).toMatchObject({ counts: { succeeded: 1, failed: 3, unknown: 2 }, submissions: 9 });
  });

  test('by --keys together with --code: the items that are meant by both', async () => {
    desk.write('keys.txt', 'a\r\nb\n\nd\n');
    const { code, stderr, status } = await desk.toEnd('redrive', ID, '--keys', 'keys.txt', '--code', 'INPUT_INVALID');
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('redriving 1 items of mix') });
    expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 1, failed: 3, unknown: 2 } });
    expect(status).toMatchObject({ failures: { MODEL_ERROR: 1, INPUT_INVALID: 2 }, submissions: 10 });
    expectWhole(status, 6);
    expect(told(await desk.lines(ID))).toMatchObject({ d: ['failed', 'INPUT_INVALID', 'INPUT_INVALID'] });
  });

  test('by --code: all items with it, and the submissions of every run are kept in their order', async () => {
    const { status } = await desk.toEnd('redrive', ID, '--code', 'INPUT_INVALID');
    expect(status).toMatchObject({ counts: { succeeded: 3, failed: 1, unknown: 2 }, failures: { MODEL_ERROR: 1 } });
    expectWhole(status, 6);
    const lines = await desk.lines(ID);
    expect(told(lines)).toEqual({
      a: ['succeeded', null],
      b: ['failed', ...B],
      c: ['succeeded', 'INPUT_INVALID', null],
      d: ['succeeded', 'INPUT_INVALID', 'INPUT_INVALID', null],
      e: ['unknown', UNKNOWN],
      f: ['unknown', UNKNOWN],
    });
    const d = lines.find(({ key }) => key === 'd');
    expect(d?.submissions.map(({ jobId }) => jobId)).toEqual(desk.jobs(ID, 'd').map(({ jobId }) => jobId));
  });

  test('by --input: its rows only, with their requests; what ended unknown is left, and that is said', async () => {
    const before = submits();
    desk.writeRows(ID, { b: 'in other words', e: 'in other words' }, 'fixed.csv');
    const { stderr, status } = await desk.toEnd('redrive', ID, '--input', 'fixed.csv');
    expect(stderr).toMatch(
      /^1 that ended unknown stay as they are.*--outcome unknown.*second payment\nredriving 1 items/,
    );
    expect(status).toMatchObject({ counts: { succeeded: 4, failed: 0, unknown: 2 }, failures: {} });
    expectWhole(status, 6);
    expect(submits()).toBe(before + 1);
    expect(desk.jobs(ID, 'b').at(-1)?.prompt).toBe(`${promptOf(ID, 'b')} in other words`);
    expect(told(await desk.lines(ID))).toMatchObject({ b: ['succeeded', ...B, null], e: ['unknown', UNKNOWN] });
  });

  test('without a choice unknown items are not run again, and the words say how', async () => {
    const before = submits();
    const { code, stdout, stderr } = await desk.run('redrive', ID, '--json');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(
      /^2 that ended unknown stay as they are.*second payment\nnothing in mix is to be run again\n$/,
    );
    expect(submits()).toBe(before);
  });

  test('by --outcome unknown: with the sentence about a second payment, which then is made', async () => {
    desk.write('e.txt', 'e');
    const { stderr, status } = await desk.toEnd('redrive', ID, '--outcome', 'unknown', '--keys', 'e.txt');
    expect(stderr).toMatch(/^1 of the items ended unknown/);
    expect(stderr).toMatch(SECOND_PAYMENT);
    expect(status).toMatchObject({ counts: { succeeded: 5, unknown: 1 } });
    expect(desk.jobs(ID, 'e').map(({ charged }) => charged)).toEqual([true, true]);
    expect(desk.jobs(ID, 'f')).toHaveLength(1);
  });

  test('when the old histories are gone, from the store alone, and its lineage is kept', async () => {
    const server = await startTestTemporal();
    const { address, namespace } = server;
    const worker = await startRigWorker({ ...rig.worker, address, namespace });
    try {
      const elsewhere = new Desk({ ...rig, server });
      expect(await elsewhere.run('status', ID)).toMatchObject({ code: 2 });
      const before = submits();
      expect(await elsewhere.run('batch', elsewhere.writeRows(ID, ROWS), '--id', ID)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/no longer knows it.*5 of 6 items succeeded.*would pay for them again/),
      });
      expect(submits()).toBe(before);
      const { code, stdout, stderr } = await elsewhere.run('redrive', ID, '--outcome', 'unknown', '--json');
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(SECOND_PAYMENT) });
      const status: BatchStatus = JSON.parse(stdout);
      expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 6, total: 6 } });
      const lines = await elsewhere.lines(ID);
      expect(told(lines)).toEqual({
        a: ['succeeded', null],
        b: ['succeeded', ...B, null],
        c: ['succeeded', 'INPUT_INVALID', null],
        d: ['succeeded', 'INPUT_INVALID', 'INPUT_INVALID', null],
        e: ['succeeded', UNKNOWN, null],
        f: ['succeeded', UNKNOWN, null],
      });
      expect(status.submissions).toBe(lines.reduce((sum, { submissions }) => sum + submissions.length, 0));
    } finally {
      await worker.stop();
      await server.stop();
    }
  });
});

test('a cancelled batch goes on where it was, and nothing is paid twice', async () => {
  const keys = Array.from({ length: 12 }, (_, number) => `k${number}`);
  rig.emulator.script({ match: { promptIncludes: 'for cancelled.' }, then: { jobMs: 150 } });
  const rows = desk.writeRows('cancelled', Object.fromEntries(keys.map((key) => [key, ''])));
  await desk.run('batch', rows, '--id', 'cancelled', '--concurrency', '2', '--detach');
  await until('some were made', async () => (await rig.client.batch('cancelled').status()).counts.succeeded >= 2);
  expect(await desk.run('redrive', 'cancelled')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/refused: it is running; redrive it when it has ended, or cancel it/),
  });
  expect(await desk.run('cancel', 'cancelled')).toMatchObject({ code: 0 });
  const { counts } = await rig.client.batch('cancelled').result();
  expect(counts.cancelled).toBeGreaterThan(0);
  const { stderr, status } = await desk.toEnd('redrive', 'cancelled');
  expect(stderr).toBe(`redriving ${counts.cancelled} items of cancelled\n`);
  expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 12, total: 12 } });
  expect(keys.map((key) => desk.jobs('cancelled', key).length)).toEqual(keys.map(() => 1));
});

test('a page that an operator terminated is repaired by --outcome unknown', async () => {
  const keys = Array.from({ length: 8 }, (_, number) => `k${number}`);
  rig.emulator.script({ match: { promptIncludes: 'for dead.' }, times: 4, then: { never: true } });
  const rows = desk.writeRows('dead', Object.fromEntries(keys.map((key) => [key, ''])));
  await desk.run('batch', rows, '--id', 'dead', '--concurrency', '4', '--detach');
  await until('jobs are in flight', () => keys.filter((key) => desk.jobs('dead', key).length > 0).length === 4);
  await rig.client.temporal.workflow.getHandle('dead/page-000000').terminate('by an operator');
  const ended = await rig.client.batch('dead').result();
  expect(ended).toMatchObject({ state: 'completed', counts: { unknown: 8, total: 8 } });
  expect(told(await desk.lines('dead', '--outcome', 'unknown'))).toMatchObject({ k0: ['unknown'], k7: ['unknown'] });
  const { stderr, status } = await desk.toEnd('redrive', 'dead', '--outcome', 'unknown');
  expect(stderr).toMatch(/^8 of the items ended unknown/);
  expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 8, total: 8 } });
  const completed = keys.map((key) => desk.jobs('dead', key).filter(({ charged }) => charged).length);
  expect(completed).toEqual(keys.map(() => 1));
});

test('a redrive that an operator terminated counts as unknown, not as the failure that it was to mend', async () => {
  const id = 'twice-dead';
  await desk.toEnd('batch', id, desk.writeRows(id, { a: '{{INPUT_INVALID x1}}', b: '' }));
  rig.emulator.script({ match: { promptIncludes: promptOf(id, 'a') }, times: 1, then: { never: true } });
  await desk.run('redrive', id, '--detach');
  await until('it is in flight again', () => desk.jobs(id, 'a').length === 2);
  for (const workflow of [id, `${id}/page-000001`]) {
    await rig.client.temporal.workflow.getHandle(workflow).terminate('by an operator');
  }
  const before = submits();
  const { code, stderr } = await desk.run('redrive', id);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^1 that ended unknown stay/) });
  expect(submits()).toBe(before);
  const { status } = await desk.toEnd('redrive', id, '--outcome', 'unknown');
  expect(status).toMatchObject({ counts: { succeeded: 2, total: 2 } });
});

describe('what cannot be right is refused before anything is written or started', () => {
  beforeAll(async () => {
    await desk.toEnd('batch', 'refused', desk.writeRows('refused', { a: '{{INPUT_INVALID}}', b: '' }));
    desk.write('strange-keys.txt', 'a\nzz\n');
    desk.write('strange.csv', 'key,prompt\na,x\nyy,y\n');
    desk.write('wrong.csv', 'key,prompt,width\na,x,5000\nb,y,wide\n');
  });

  test.each([
    ['an outcome', ['--outcome', 'succeeded'], /--outcome is "succeeded"; give one of failed, cancelled, unknown/],
    ['a number', ['--concurrency', 'many'], /--concurrency is "many"; give a whole number from 1 to 10000/],
    ['a file of keys that is not there', ['--keys', 'nowhere.txt'], /--keys cannot be read: .*nowhere\.txt/],
    ['a key that is not in the batch', ['--keys', 'strange-keys.txt'], /not in the batch "refused": zz\n/],
    ['a row that is not in the batch', ['--input', 'strange.csv'], /not in the batch "refused": yy\n/],
    ['rows that are wrong', ['--input', 'wrong.csv'], /line 2: width is 5000.*\n.*line 3: width is/],
    ['rows that are not there', ['--input', 'nowhere.csv'], /--input: .*nowhere\.csv/],
  ])('%s', async (_what, flags, words) => {
    const before = submits();
    const { code, stdout, stderr } = await desk.run('redrive', 'refused', ...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(submits()).toBe(before);
    expect(await rig.client.batch('refused').status()).toMatchObject({ counts: { failed: 1, succeeded: 1 } });
  });

  test('a batch that nobody knows', async () => {
    expect(await desk.run('redrive', 'nobody')).toMatchObject({ code: 2, stderr: expect.stringContaining(rig.store) });
  });
});

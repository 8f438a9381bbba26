/** What did not succeed is run again, exactly that, and nobody pays twice without having been told. */
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BatchStatus } from '../../client/batches/batch-status';
import { type Rig, startRig } from '../support/rig';
import { startRigWorker } from '../support/rig-worker';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal } from '../support/temporal';
import { until } from '../support/until';
import { BatchCli, formatPrompt, summarize } from './batch-cli';

const SECOND_PAYMENT = /may have been charged already, and may be charged again now/;
const MOVED = '--moved-server';

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
});
afterAll(() => rig.close());

const submits = () => rig.emulator.ledger().submits;

/** The answer to the first request of an item is lost after it was accepted. */
function loseFirst(id: string, key: string): void {
  const match = { promptIncludes: formatPrompt(id, key) };
  rig.emulator.script({ match, times: 1, then: { on: 'submit', fault: 'reset-after-accept' } });
}

function expectWhole({ counts }: BatchStatus, total: number): void {
  const { total: told, skipped: _skipped, ...rest } = counts;
  expect([told, Object.values(rest).reduce((sum, count) => sum + count, 0)]).toEqual([total, total]);
}

test('a redrive and a rescue that are refused have announced nothing', async () => {
  const id = 'unannounced';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '', b: '{{INPUT_INVALID x1}}' }));
  const copy = tempFolder();
  cpSync(rig.store, copy, { recursive: true });
  // A copy of a store is another store once it has a name of its own.
  writeFileSync(path.join(copy, 'store.json'), '{"id":"another"}\n');
  const elsewhere = new BatchCli({ ...rig, store: copy });
  for (const command of [
    ['redrive', id],
    ['rescue', '--again', '--batch', id],
  ]) {
    const { code, stderr } = await elsewhere.run(...command);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('nothing was started') });
    expect(stderr).not.toMatch(/redriving|fetching|once more now/);
  }
});

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
    const { status } = await batchCli.toEnd('batch', ID, batchCli.writeRows(ID, ROWS));
    expect(status).toMatchObject({ counts: { succeeded: 1, failed: 3, unknown: 2 }, submissions: 9 });
  });

  test('by --keys together with --code: the items that are meant by both', async () => {
    batchCli.write('keys.txt', 'a\r\nb\n\nd\n');
    const { code, stderr, status } = await batchCli.toEnd(
      'redrive',
      ID,
      '--keys',
      'keys.txt',
      '--code',
      'INPUT_INVALID',
    );
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('redriving 1 item of mix') });
    expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 1, failed: 3, unknown: 2 } });
    expect(status).toMatchObject({ failures: { MODEL_ERROR: 1, INPUT_INVALID: 2 }, submissions: 10 });
    expectWhole(status, 6);
    expect(summarize(await batchCli.lines(ID))).toMatchObject({ d: ['failed', 'INPUT_INVALID', 'INPUT_INVALID'] });
  });

  test.each([
    [
      'UTF-16 with little ends',
      Buffer.from('\ufeffnobody\r\n', 'utf16le'),
      /keys that are not in the batch "mix": nobody$/,
    ],
    ['UTF-16 with big ends', Buffer.from('\ufeffnobody\r\n', 'utf16le').swap16(), /not in the batch "mix": nobody$/],
    ['gzip', gzipSync('\ufeffnobody\n'), /not in the batch "mix": nobody$/],
    ['UTF-16 without its mark', Buffer.from('nobody\n', 'utf16le'), /^--keys: line 1: \S+ has a zero byte, as UTF-16/],
    [
      'a header',
      Buffer.from('the key\na\n'),
      /^--keys: line 1 is a longer text; must be a key of the batch, one per line$/,
    ],
    ['an invisible character', Buffer.from('a\u200b\n'), /^--keys: line 1 is "a\\u200b" with the invisible character/],
    ['nothing', Buffer.from('\n\n'), /^--keys: \S+ has no keys/],
  ])('--keys with %s', async (_what, content, words) => {
    const file = batchCli.write('some.keys', content);
    const { code, stderr } = await batchCli.run('redrive', ID, '--keys', file);
    expect({ code, stderr: stderr.trimEnd() }).toEqual({ code: 2, stderr: expect.stringMatching(words) });
  });

  test('flags for the reading of --input have no meaning without it', async () => {
    const { code, stderr } = await batchCli.run('redrive', ID, '--delimiter', ';', '--strict-columns');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--delimiter requires --input\n--strict-columns requires --input\n',
    });
  });

  test('by --code: all items with it, and the submissions of every run are kept in their order', async () => {
    const { status } = await batchCli.toEnd('redrive', ID, '--code', 'INPUT_INVALID');
    expect(status).toMatchObject({ counts: { succeeded: 3, failed: 1, unknown: 2 }, failures: { MODEL_ERROR: 1 } });
    expectWhole(status, 6);
    const lines = await batchCli.lines(ID);
    expect(summarize(lines)).toEqual({
      a: ['succeeded', null],
      b: ['failed', ...B],
      c: ['succeeded', 'INPUT_INVALID', null],
      d: ['succeeded', 'INPUT_INVALID', 'INPUT_INVALID', null],
      e: ['unknown', UNKNOWN],
      f: ['unknown', UNKNOWN],
    });
    const d = lines.find(({ key }) => key === 'd');
    expect(d?.submissions.map(({ jobId }) => jobId)).toEqual(batchCli.jobs(ID, 'd').map(({ jobId }) => jobId));
  });

  test('by --input: its rows only, with their requests; what ended unknown is left, and that is said', async () => {
    const before = submits();
    const rows = ['b', 'e'].map((key) => `"${formatPrompt(ID, key)} in other words";${key};32;32;png;summer`);
    batchCli.write(
      'fixed.csv',
      ['text|sku|width|height|output_format|season'.replaceAll('|', ';'), ...rows, ''].join('\n'),
    );
    const reading = ['--delimiter', ';', '--map', 'key=sku', '--map', 'prompt=text', '--carry', 'season'];
    const { stderr, status } = await batchCli.toEnd('redrive', ID, '--input', 'fixed.csv', ...reading);
    expect(stderr).toMatch(/^1 item not rerun: .*no job to fetch.*--allow-unknown.*second payment\nredriving 1 item/);
    expect(status).toMatchObject({ counts: { succeeded: 4, failed: 0, unknown: 2 }, failures: {} });
    expectWhole(status, 6);
    expect(submits()).toBe(before + 1);
    expect(batchCli.jobs(ID, 'b').at(-1)?.prompt).toBe(`${formatPrompt(ID, 'b')} in other words`);
    const lines = await batchCli.lines(ID);
    expect(summarize(lines)).toMatchObject({ b: ['succeeded', ...B, null], e: ['unknown', UNKNOWN] });
    expect(lines.find(({ key }) => key === 'b')).toMatchObject({ values: { season: 'summer' } });
  });

  test('without a choice unknown items are not run again, and the words say how', async () => {
    const before = submits();
    const { code, stdout, stderr } = await batchCli.run('redrive', ID, '--json');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^2 items not rerun.*second payment\nno item of mix to rerun\n$/);
    expect(submits()).toBe(before);
  });

  test('by --outcome unknown: with the sentence about a second payment, which then is made', async () => {
    batchCli.write('e.txt', 'e');
    const { stderr, status } = await batchCli.toEnd('redrive', ID, '--outcome', 'unknown', '--keys', 'e.txt');
    expect(stderr).toMatch(/^1 item may have been charged already/);
    expect(stderr).toMatch(SECOND_PAYMENT);
    expect(status).toMatchObject({ counts: { succeeded: 5, unknown: 1 } });
    expect(batchCli.jobs(ID, 'e').map(({ charged }) => charged)).toEqual([true, true]);
    expect(batchCli.jobs(ID, 'f')).toHaveLength(1);
  });

  test('when the old histories are gone, from the store alone, and its lineage is kept', async () => {
    const server = await startTestTemporal();
    const { address, namespace } = server;
    const worker = await startRigWorker({ ...rig.worker, address, namespace });
    try {
      const elsewhere = new BatchCli({ ...rig, server });
      expect(await elsewhere.run('status', ID)).toMatchObject({ code: 2 });
      const before = submits();
      expect(await elsewhere.run('batch', elsewhere.writeRows(ID, ROWS), '--id', ID, MOVED)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/no longer knows it.*5 of 6 items succeeded.*would pay for them again/),
      });
      expect(submits()).toBe(before);
      const { code, stdout, stderr } = await elsewhere.run('redrive', ID, '--outcome', 'unknown', '--json', MOVED);
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(SECOND_PAYMENT) });
      const status: BatchStatus = JSON.parse(stdout);
      expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 6, total: 6 } });
      const lines = await elsewhere.lines(ID);
      expect(summarize(lines)).toEqual({
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

test('a cancelled batch continues where it was, and nothing is paid twice', async () => {
  const keys = Array.from({ length: 12 }, (_, number) => `k${number}`);
  rig.emulator.script({ match: { promptIncludes: 'for cancelled.' }, then: { jobMs: 150 } });
  const rows = batchCli.writeRows('cancelled', Object.fromEntries(keys.map((key) => [key, ''])));
  await batchCli.run('batch', rows, '--id', 'cancelled', '--concurrency', '2', '--detach');
  await until('some were made', async () => (await rig.client.batch('cancelled').status()).counts.succeeded >= 2);
  expect(await batchCli.run('redrive', 'cancelled')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/cannot do this: it is running; redrive it when it has ended, or cancel it/),
  });
  expect(await batchCli.run('cancel', 'cancelled')).toMatchObject({ code: 0 });
  const { counts } = await rig.client.batch('cancelled').result();
  expect(counts.cancelled).toBeGreaterThan(0);
  const { stderr, status } = await batchCli.toEnd('redrive', 'cancelled');
  expect(stderr).toMatch(
    new RegExp(`^redriving ${counts.cancelled} items of cancelled\n.* status cancelled --watch\n$`),
  );
  expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 12, total: 12 } });
  expect(keys.map((key) => batchCli.jobs('cancelled', key).length)).toEqual(keys.map(() => 1));
});

test('a page that an operator terminated is repaired by --outcome unknown', async () => {
  const keys = Array.from({ length: 8 }, (_, number) => `k${number}`);
  rig.emulator.script({ match: { promptIncludes: 'for dead.' }, times: 4, then: { never: true } });
  const rows = batchCli.writeRows('dead', Object.fromEntries(keys.map((key) => [key, ''])));
  await batchCli.run('batch', rows, '--id', 'dead', '--concurrency', '4', '--detach');
  // The page knows them: a job that it does not know would be fetched by the redrive, and this one never ends.
  await until('jobs are in flight', async () => (await rig.client.batch('dead').status()).submissions === 4);
  await rig.client.temporal.workflow.getHandle('dead/page-000000').terminate('by an operator');
  const ended = await rig.client.batch('dead').result();
  expect(ended).toMatchObject({ state: 'completed', counts: { unknown: 8, total: 8 } });
  // A job whose acceptance Temporal did not take any more is in the row too, from the store.
  const lines = await batchCli.lines('dead', '--outcome', 'unknown');
  expect(lines.map(({ outcome }) => outcome)).toEqual(keys.map(() => 'unknown'));
  const { stderr, status } = await batchCli.toEnd('redrive', 'dead', '--outcome', 'unknown');
  expect(stderr).toMatch(/^8 items may have been charged already/);
  expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 8, total: 8 } });
  const completed = keys.map((key) => batchCli.jobs('dead', key).filter(({ charged }) => charged).length);
  expect(completed).toEqual(keys.map(() => 1));
});

test('a redrive that an operator terminated counts as unknown, not as the failure that it was to fix', async () => {
  const id = 'twice-dead';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '{{INPUT_INVALID x1}}', b: '' }));
  rig.emulator.script({ match: { promptIncludes: formatPrompt(id, 'a') }, times: 1, then: { never: true } });
  await batchCli.run('redrive', id, '--detach');
  await until('it is in flight again', () => batchCli.jobs(id, 'a').length === 2);
  for (const workflow of [id, `${id}/page-000001`]) {
    await rig.client.temporal.workflow.getHandle(workflow).terminate('by an operator');
  }
  const before = submits();
  const { code, stderr } = await batchCli.run('redrive', id);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^1 item not rerun/) });
  expect(submits()).toBe(before);
  const { status } = await batchCli.toEnd('redrive', id, '--outcome', 'unknown');
  expect(status).toMatchObject({ counts: { succeeded: 2, total: 2 } });
});

/** A job of 7 s under `--job-timeout 3s`, a status read that is answered with 400, and six with 404. */
describe('jobs that were paid and could not be read', () => {
  const ID = 'unread';
  const ROWS = { a: 'slow', b: 'misread', c: 'unheard of', d: 'it fails', e: '' };
  let ended: BatchStatus;

  beforeAll(async () => {
    const of = (key: string) => ({ match: { promptIncludes: formatPrompt(ID, key) } });
    rig.emulator.script({ ...of('a'), then: { jobMs: 7_000 } });
    rig.emulator.script({ ...of('b'), times: 1, then: { on: 'status', status: 400 } });
    rig.emulator.script({ ...of('c'), times: 6, then: { on: 'status', status: 404 } });
    rig.emulator.script({ ...of('d'), times: 1, then: { failJob: 'MODEL_ERROR', retryable: true, jobMs: 7_000 } });
    const rows = batchCli.writeRows(ID, ROWS);
    ({ status: ended } = await batchCli.toEnd('batch', ID, rows, '--job-timeout', '3s'));
    const jobs = () => Object.keys(ROWS).flatMap((key) => batchCli.jobs(ID, key));
    await until('every job has ended', () => jobs().every(({ endedAt }) => endedAt !== null));
  });

  test('by default: each is fetched first, one that has failed is submitted again, and nothing is paid twice', async () => {
    const open = (await batchCli.lines(ID)).filter(({ outcome }) => outcome === 'unknown');
    expect(open.map(({ key }) => key)).toEqual(expect.arrayContaining(['a', 'd']));
    expect(ended.counts).toMatchObject({ unknown: open.length, succeeded: 5 - open.length });
    const { stderr, status } = await batchCli.toEnd('redrive', ID);
    const fetching = `${open.length} items with a job that may be charged: it is fetched first, which is free`;
    expect(stderr).toMatch(new RegExp(`^${fetching}\nredriving ${open.length} items of ${ID}\nwatch .*\n$`));
    expect(status).toMatchObject({ state: 'completed', counts: { succeeded: 5, total: 5 }, possibleDuplicates: 0 });
    const charged = Object.keys(ROWS).map((key) => batchCli.jobs(ID, key).filter((job) => job.charged).length);
    expect(charged).toEqual([1, 1, 1, 1, 1]);
    expect(batchCli.jobs(ID, 'd')).toHaveLength(2);
    expect(status.submissions).toBe(6);
    // What was found of a job replaces what was known of it.
    expect(summarize(await batchCli.lines(ID))).toMatchObject({
      a: ['succeeded', null],
      c: ['succeeded', null],
      d: ['succeeded', 'MODEL_ERROR', null],
    });
  });

  test('and once more there is nothing to do', async () => {
    expect(await batchCli.run('redrive', ID)).toMatchObject({ code: 0, stderr: `no item of ${ID} to rerun\n` });
  });

  test('one that still cannot be read stays unknown, until a second payment is allowed, which is counted', async () => {
    const id = 'never-read';
    rig.emulator.script({ match: { promptIncludes: formatPrompt(id, 'a') }, times: 1, then: { never: true } });
    const rows = batchCli.writeRows(id, { a: '', b: '' });
    await batchCli.toEnd('batch', id, rows, '--job-timeout', '300ms');
    const first = await batchCli.toEnd('redrive', id);
    expect(first.status).toMatchObject({ counts: { unknown: 1, succeeded: 1 }, submissions: 2, possibleDuplicates: 0 });
    expect(batchCli.jobs(id, 'a')).toHaveLength(1);
    const { stderr, status } = await batchCli.toEnd('redrive', id, '--allow-unknown');
    expect(stderr).toMatch(
      /^1 item with a job that may be charged: it is fetched first.*\n1 item may have been charged already/,
    );
    expect(status).toMatchObject({ counts: { succeeded: 2 }, submissions: 3, possibleDuplicates: 1 });
    expect(batchCli.jobs(id, 'a')).toHaveLength(2);
    expect(summarize(await batchCli.lines(id))).toMatchObject({ a: ['succeeded', 'JOB_OVERDUE', null] });
  });

  test('with another request in --input it is not taken for that one', async () => {
    const id = 'edited';
    rig.emulator.script({ match: { promptIncludes: formatPrompt(id, 'a') }, times: 1, then: { jobMs: 1_000 } });
    await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '' }), '--job-timeout', '200ms');
    await until('the job has ended', () => batchCli.jobs(id, 'a')[0]?.endedAt !== null);
    batchCli.writeRows(id, { a: 'in other words' }, 'other.csv');
    const left = await batchCli.run('redrive', id, '--input', 'other.csv');
    expect(left.stderr).toMatch(/^1 item not rerun.*\nno item of edited to rerun\n$/);
    await batchCli.toEnd('redrive', id, '--input', 'other.csv', '--allow-unknown');
    expect(batchCli.jobs(id, 'a').map(({ prompt }) => prompt.endsWith('in other words'))).toEqual([false, true]);
  });
});

test('a row that is refused each time is no submission, however often it is redriven', async () => {
  const id = 'refused-again';
  rig.emulator.script({
    match: { promptIncludes: formatPrompt(id, 'a') },
    then: { on: 'submit', status: 422, body: { detail: 'no' } },
  });
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '', b: '' }), '--price', 'generate/image=0.5');
  for (let time = 0; time < 2; time += 1) {
    const { status } = await batchCli.toEnd('redrive', id);
    expect(status).toMatchObject({
      counts: { succeeded: 1, failed: 1 },
      submissions: 1,
      cost: 0.5,
      charged: { credits: 1 },
    });
  }
});

describe('what cannot be right is refused before anything is written or started', () => {
  beforeAll(async () => {
    await batchCli.toEnd('batch', 'refused', batchCli.writeRows('refused', { a: '{{INPUT_INVALID}}', b: '' }));
    batchCli.write('strange-keys.txt', 'a\nzz\n');
    batchCli.write('strange.csv', 'key,prompt\na,x\nyy,y\n');
    batchCli.write('wrong.csv', 'key,prompt,width\na,x,5000\nb,y,wide\n');
  });

  test.each([
    ['an outcome', ['--outcome', 'done'], /--outcome is "done"; must be one of failed, cancelled, unknown, succeeded/],
    [
      'items that succeeded as they are',
      ['--outcome', 'succeeded'],
      /--outcome has succeeded, which is only for edited/,
    ],
    ['a number', ['--concurrency', 'many'], /--concurrency is "many"; must be a whole number from 1 to 10000/],
    [
      'a file of keys that is not there',
      ['--keys', 'nowhere.txt'],
      /^--keys: nowhere\.txt does not exist; check the path$/m,
    ],
    ['a key that is not in the batch', ['--keys', 'strange-keys.txt'], /not in the batch "refused": zz\n/],
    ['a row that is not in the batch', ['--input', 'strange.csv'], /not in the batch "refused": yy\n/],
    [
      'rows that are wrong',
      ['--input', 'wrong.csv'],
      /^wrong\.csv: line 2, key "a": width is 5000.*\nwrong\.csv: line 3, key "b": width is/,
    ],
    ['rows that are not there', ['--input', 'nowhere.csv'], /--input: .*nowhere\.csv/],
  ])('%s', async (_what, flags, words) => {
    const before = submits();
    const { code, stdout, stderr } = await batchCli.run('redrive', 'refused', ...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(submits()).toBe(before);
    expect(await rig.client.batch('refused').status()).toMatchObject({ counts: { failed: 1, succeeded: 1 } });
  });

  test('an unknown batch', async () => {
    expect(await batchCli.run('redrive', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(rig.store),
    });
  });
});

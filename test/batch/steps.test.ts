/** Items of several steps: each step is paid once, its files are stored, and the next one uses them. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { batchSchema, resultSchema } from '../../gateway/api/answers';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { BatchCli } from '../cli/batch-cli';
import { hashOf } from '../support/hash-of';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { RECIPE, STEPS, StepItems } from './steps-fixtures';

let rig: Rig;
let cli: BatchCli;
let items: StepItems;

beforeAll(async () => {
  // Pages continue as new between and within steps, and the provider's addresses of results are dead soon after.
  rig = await startRig({ fewEvents: 'few', emulator: { resultTtlMs: 2_000 } });
  cli = new BatchCli(rig);
  items = new StepItems(rig, cli);
});
afterAll(() => rig.close());

const codesOf = ({ submissions }: ItemResultRow, step: string) =>
  submissions.filter((one) => one.step === step).map(({ code }) => code);

test('60 items of three steps: every step fails once, three items can never do the second', async () => {
  const keys = Array.from({ length: 60 }, (_, index) => `many-${index}`);
  const bad = [7, 21, 40];
  const rows = items.writeRows('many', keys, (index) => ({
    fault: '{{MODEL_ERROR x1}}',
    ...(bad.includes(index) ? { bad: '{{INPUT_INVALID}}' } : {}),
  }));
  const { status } = await cli.toEnd('batch', 'many', rows, '--recipe', 'recipe.yaml');
  expect(status.counts).toMatchObject({ succeeded: 57, failed: 3, total: 60 });
  expect(status.steps).toEqual({
    base: { succeeded: 60 },
    edited: { succeeded: 57, failed: 3 },
    large: { succeeded: 57 },
  });
  const { runId, raw } = await rig.client.temporal.workflow.getHandle('many/page-000000').describe();
  expect(runId).not.toBe(raw.workflowExecutionInfo?.firstRunId);
  const lines = await cli.lines('many');
  for (const [index, key] of keys.entries()) {
    const isBad = bad.includes(index);
    const line = lines.find((one) => one.key === key);
    if (line === undefined) throw new Error(`no result of ${key}`);
    const charged = items.countCharges(key);
    expect([key, charged]).toEqual([key, isBad ? [1, 0, 0] : [1, 1, 1]]);
    expect(codesOf(line, 'base')).toEqual(['MODEL_ERROR', null]);
    const outcomes = line.steps?.map(({ id, outcome }) => [id, outcome]);
    if (isBad) {
      expect(line).toMatchObject({ outcome: 'failed', code: 'INPUT_INVALID', file: null });
      expect(outcomes).toEqual([
        ['base', 'succeeded'],
        ['edited', 'failed'],
      ]);
    } else {
      expect(outcomes).toEqual(STEPS.map((id) => [id, 'succeeded']));
      expect(codesOf(line, 'large')).toEqual(['MODEL_ERROR', null]);
    }
  }
  const submissions = lines.reduce((sum, line) => sum + line.submissions.length, 0);
  expect(status.submissions).toBe(submissions);
  expect(status.possibleDuplicates).toBe(0);
});

test('of these, a redrive with one edited row pays the two steps of its item that are left, and nothing else', async () => {
  const keys = Array.from({ length: 60 }, (_, index) => `many-${index}`);
  const before = keys.map((key) => items.countCharges(key));
  const edited = items.writeRows('many-edited', ['many-7'], () => ({ fault: '{{MODEL_ERROR x1}}' }));
  const { status } = await cli.toEnd('redrive', 'many', '--input', edited, '--recipe', 'recipe.yaml', '--yes');
  expect(status.counts).toMatchObject({ succeeded: 58, failed: 2 });
  expect(status.steps).toMatchObject({ edited: { succeeded: 58, failed: 2 }, large: { succeeded: 58 } });
  const after = before.map((charges, index) => (index === 7 ? [1, 1, 1] : charges));
  expect(keys.map((key) => items.countCharges(key))).toEqual(after);
});

test('the files of each step are stored under its name, and the next step gets exactly these bytes', async () => {
  const rows = items.writeRows('files', ['one']);
  const { status } = await cli.toEnd('batch', 'files', rows, '--recipe', 'recipe.yaml');
  const [line] = await cli.lines('files');
  // The HTTP API leaves nothing out.
  expect(resultSchema.parse(line)).toMatchObject({ steps: line?.steps, submissions: line?.submissions });
  expect(batchSchema.parse(status).steps).toEqual(status.steps);
  expect(line).toMatchObject({ outcome: 'succeeded', submissions: [{}, {}, {}] });
  const names = line?.steps?.map(({ files }) => files.map(({ file }) => path.basename(file)));
  expect(names).toEqual([['one~base.result.png'], ['one~edited.result.png'], ['one.png']]);
  expect(line?.files?.map(({ role }) => role)).toEqual(['result', 'edited.result']);
  const uploaded = rig.emulator.ledger().uploads.map(({ sha256 }) => sha256);
  for (const { files } of line?.steps?.slice(0, 2) ?? []) {
    const file = files[0]?.file ?? '';
    expect(existsSync(file)).toBe(true);
    expect(uploaded.filter((sha256) => sha256 === hashOf(readFileSync(file)))).toHaveLength(1);
  }
});

test('edited rows without their recipe are refused with the flag that is missing', async () => {
  const rows = items.writeRows('files-edited', ['one'], () => ({ fault: 'other' }));
  const { code, stderr } = await cli.run('redrive', 'files', '--input', rows, '--yes');
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^--input: its rows are for items of several steps.*--recipe/),
  ]);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  const redrive = rig.client.batch('files').redrive({ rows: [{ key: 'one', product: 'boot' }] });
  await expect(redrive).rejects.toThrow('rows are for items of several steps');
});

test('each submission may be a workflow of its own', async () => {
  const rows = items.writeRows('own', ['mine'], () => ({ fault: '{{MODEL_ERROR x1}}' }));
  await cli.toEnd('batch', 'own', rows, '--recipe', 'recipe.yaml', '--workflow-per-image');
  expect(await cli.lines('own')).toMatchObject([{ key: 'mine', outcome: 'succeeded' }]);
  expect(STEPS.map((step) => items.jobsOf('mine', step).map(({ charged }) => charged))).toEqual(
    STEPS.map(() => [false, true]),
  );
});

test('a budget counts the submissions of every step, and a larger one continues where it stopped', async () => {
  const rows = items.writeRows('budget', ['b1', 'b2']);
  const limits = ['--budget-submissions', '4', '--concurrency', '1'];
  await cli.run('batch', rows, '--id', 'budget', '--recipe', 'recipe.yaml', '--detach', ...limits);
  const paused = await until('it is out of budget', async () => {
    const status = await rig.client.batch('budget').status();
    return status.pausedBy === 'budget' ? status : null;
  });
  expect(paused).toMatchObject({ submissions: 4, counts: { succeeded: 1, waiting: 1 } });
  // The item that has begun goes first.
  expect(paused.steps?.['large']).toEqual({ succeeded: 1 });
  await cli.run('set', 'budget', '--budget-submissions', '6');
  await cli.run('resume', 'budget');
  const last = await rig.client.batch('budget').result();
  expect(last).toMatchObject({ submissions: 6, counts: { succeeded: 2 } });
  for (const key of ['b1', 'b2']) expect(items.countJobs(key)).toEqual([1, 1, 1]);
});

describe('redrive', () => {
  const KEYS = ['good', 'bad'];
  const count = (key: string) => items.countJobs(key);

  beforeAll(async () => {
    const rows = items.writeRows('again', KEYS, (index) => (index === 1 ? { bad: '{{INPUT_INVALID}}' } : {}));
    const { status } = await cli.toEnd('batch', 'again', rows, '--recipe', 'recipe.yaml');
    expect(status.counts).toMatchObject({ succeeded: 1, failed: 1 });
  });

  test('says what it would run, and starts nothing', async () => {
    const { code, stderr } = await cli.run('redrive', 'again', '--dry-run');
    expect(code).toBe(0);
    expect(stderr.trim().split('\n')).toEqual([
      'step edited: 1 item',
      'step large: 1 item',
      '1 finished step taken from the store, and not paid again',
      'would redrive 1 item of again',
    ]);
    expect(count('bad')).toEqual([1, 1, 0]);
  });

  test('refuses a step that does not exist, and rows without their recipe', async () => {
    const misspelt = await cli.run('redrive', 'again', '--from-step', 'larg');
    expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining('--from-step is "larg"')]);
    expect(misspelt.stderr).toContain('did you mean large?');
    const rows = cli.write('plain.csv', 'key,prompt\nbad,a shoe\n');
    const plain = await cli.run('redrive', 'again', '--input', rows, '--yes');
    expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('--recipe')]);
    expect(count('bad')).toEqual([1, 1, 0]);
  });

  test('runs from the step that failed, with an edited row, and pays nothing else', async () => {
    const rows = items.writeRows('edited', KEYS);
    const { status } = await cli.toEnd('redrive', 'again', '--input', rows, '--recipe', 'recipe.yaml', '--yes');
    expect(status.counts).toMatchObject({ succeeded: 2, failed: 0 });
    expect(count('bad')).toEqual([1, 2, 1]);
    expect(count('good')).toEqual([1, 1, 1]);
    const line = (await cli.lines('again')).find(({ key }) => key === 'bad');
    expect(line?.steps?.map(({ id, outcome, files }) => [id, outcome, files.length])).toEqual(
      STEPS.map((id) => [id, 'succeeded', 1]),
    );
    expect(line?.submissions.map(({ step, code }) => [step, code])).toEqual([
      ['base', null],
      ['edited', 'INPUT_INVALID'],
      ['edited', null],
      ['large', null],
    ]);
  });

  test('runs items that succeeded from the first step whose request has changed, or from a named one', async () => {
    cli.write('changed.yaml', RECIPE.replace('{{key}} at large.', '{{key}} at large. Bright.'));
    const rows = items.writeRows('edited', KEYS);
    const edited = ['--input', rows, '--recipe', 'changed.yaml', '--outcome', 'succeeded', '--yes'];
    await cli.toEnd('redrive', 'again', ...edited);
    expect(count('good')).toEqual([1, 1, 2]);
    await cli.toEnd('redrive', 'again', '--outcome', 'succeeded', '--from-step', 'edited', '--yes');
    expect(count('good')).toEqual([1, 2, 3]);
    const nothing = await cli.run('redrive', 'again', ...edited);
    expect(nothing.stderr).toContain('no item of again to rerun');
  });

  test('uploads a file again, once, if the provider has lost the upload', async () => {
    rig.emulator.forgetUploads();
    await cli.toEnd('redrive', 'again', '--outcome', 'succeeded', '--from-step', 'edited', '--yes');
    const line = (await cli.lines('again')).find(({ key }) => key === 'good');
    expect(line).toMatchObject({ outcome: 'succeeded' });
    expect((line === undefined ? [] : codesOf(line, 'edited')).slice(-2)).toEqual(['INPUT_INVALID', null]);
  });

  test.each(['changed', 'removed'])(
    'makes a file again that was %s in the store, which ends its item',
    async (what) => {
      await cli.toEnd(
        'batch',
        what,
        items.writeRows(what, [what], () => ({ bad: '{{INPUT_INVALID}}' })),
        '--recipe',
        'recipe.yaml',
      );
      const file = (await cli.lines(what))[0]?.steps?.[0]?.files[0]?.file ?? '';
      rmSync(path.join(rig.store, 'uploads'), { recursive: true });
      if (what === 'removed') rmSync(file);
      else writeFileSync(file, 'other bytes');
      const again = ['--input', items.writeRows(what, [what]), '--recipe', 'recipe.yaml', '--yes'];
      await cli.toEnd('redrive', what, ...again);
      expect(await cli.lines(what)).toMatchObject([{ outcome: 'failed', code: 'STEP_FILE_UNUSABLE' }]);
      expect(count(what)).toEqual([1, 1, 0]);
      await cli.toEnd('redrive', what, '--from-step', 'base', '--yes');
      expect(await cli.lines(what)).toMatchObject([{ outcome: 'succeeded' }]);
      expect(count(what)).toEqual([2, 2, 1]);
    },
  );

  test('that is cancelled before it has sent anything leaves the result, in the status and in the results', async () => {
    const before = count('good');
    const line = async () => (await cli.lines('again')).find(({ key }) => key === 'good');
    const [result, { counts, steps }] = [await line(), await rig.client.batch('again').status()];
    await cli.run('account', 'hold', 'for a test');
    await cli.run('redrive', 'again', '--outcome', 'succeeded', '--from-step', 'base', '--yes', '--detach');
    await cli.run('cancel', 'again');
    const status = await rig.client.batch('again').result();
    await cli.run('account', 'resume');
    expect(status).toMatchObject({ state: 'cancelled', counts });
    expect(status.steps).toEqual(steps);
    expect(await line()).toEqual(result);
    expect((await cli.run('redrive', 'again')).stderr).toContain('no item of again to rerun');
    expect(count('good')).toEqual(before);
  });

  test('continues after a cancellation between two steps, whose outcome keeps the first', async () => {
    rig.emulator.script({ match: { promptIncludes: 'cut at base.' }, then: { jobMs: 2_000 } });
    const rows = items.writeRows('cut', ['cut']);
    await cli.run('batch', rows, '--id', 'cut', '--recipe', 'recipe.yaml', '--detach');
    await until('its first job is accepted', () => items.jobsOf('cut', 'base').length === 1);
    await cli.run('cancel', 'cut');
    await rig.client.batch('cut').result();
    const [line] = await cli.lines('cut');
    expect(line).toMatchObject({ outcome: 'cancelled', code: 'CANCELLED' });
    expect(line?.steps?.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['base', 'succeeded'],
      ['edited', 'cancelled'],
    ]);
    const { status } = await cli.toEnd('redrive', 'cut', '--yes');
    expect(status.counts).toMatchObject({ succeeded: 1, cancelled: 0 });
    expect(count('cut')).toEqual([1, 1, 1]);
    expect(status).toMatchObject({ submissions: 3, possibleDuplicates: 0 });
  });
});

test('a recipe that gets more steps, or loses some, pays no finished step again', async () => {
  const steps = RECIPE.split(/(?= {2}- id: )/);
  for (const count of [1, 2, 3])
    cli.write(
      `grown-${count}.yaml`,
      steps
        .slice(0, count + 1)
        .join('')
        .replace(/^keep.*/m, ''),
    );
  const paid = () => items.countJobs('grown');
  const rows = items.writeRows('grown', ['grown']);
  await cli.toEnd('batch', 'grown', rows, '--recipe', 'grown-1.yaml');
  const again = async (count: number) =>
    cli.toEnd(
      'redrive',
      'grown',
      '--input',
      rows,
      '--recipe',
      `grown-${count}.yaml`,
      '--outcome',
      'succeeded',
      '--yes',
    );
  await again(2);
  expect(paid()).toEqual([1, 1, 0]);
  await again(3);
  expect(paid()).toEqual([1, 1, 1]);
  const [line] = await cli.lines('grown');
  expect(line).toMatchObject({ outcome: 'succeeded', submissions: [{}, {}, {}] });
  expect(line?.steps?.map(({ id, files }) => [id, path.basename(files[0]?.file ?? '')])).toEqual([
    ['base', 'grown.webp'],
    ['edited', 'grown~2.webp'],
    ['large', 'grown.png'],
  ]);
  const renamed = cli.write(
    'renamed.yaml',
    RECIPE.replace('id: base', 'id: first').replace('steps.base', 'steps.first'),
  );
  const wish = ['--input', rows, '--recipe', renamed, '--outcome', 'succeeded', '--dry-run'];
  expect((await cli.run('redrive', 'grown', ...wish)).stderr.trim().split('\n').slice(3)).toEqual([
    '3 finished steps are run and paid again (base, edited, large)',
    'would redrive 1 item of grown',
  ]);
  const less = ['--input', rows, '--recipe', 'grown-2.yaml', '--outcome', 'succeeded', '--yes'];
  expect((await cli.run('redrive', 'grown', ...less)).stderr).toContain('no item of grown to rerun');
});

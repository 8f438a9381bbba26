/** Single items of recipes: each step is paid once, whatever ends the item and starts it again. */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { IdTakenError, InvalidRequestError, type ItemHandle, type RecipeOptions } from '../../client';
import type { LedgerEntry } from '../../emulator';
import { BatchCli } from '../cli/batch-cli';
import { resetWorkflow } from '../support/reset-workflow';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

const STEPS = ['base', 'edited', 'large'] as const;

const RECIPE = `
matrix:
  colour: [red, navy]
steps:
  - id: base
    operation: generate/image
    fields: { prompt: "{{key}} at base, {{colour}} {{product}}.", width: 32, height: 32 }
  - id: edited
    operation: edit/image
    fields: { prompt: "{{key}} at edited. {{style}}", input_image: "{{steps.base}}" }
  - id: large
    operation: background/change/image
    fields: { prompt: "{{key}} at large.", input_image: ["{{steps.edited}}"], output_format: png }
keep: [edited]
`;

/** The same as a value. */
const recipe: RecipeOptions = {
  steps: [
    {
      id: 'base',
      operation: 'generate/image',
      fields: { prompt: '{{key}} at base, {{product}}.', width: 32, height: 32 },
    },
    {
      id: 'edited',
      operation: 'edit/image',
      fields: { prompt: '{{key}} at edited. {{style}}', input_image: '{{steps.base}}' },
    },
    {
      id: 'large',
      operation: 'background/change/image',
      fields: { prompt: '{{key}} at large.', input_image: ['{{steps.edited}}'], output_format: 'png' },
    },
  ],
  keep: ['edited'],
};
const values = { product: 'shoe', style: 'plain' };
const SET = ['--set', 'product=shoe', '--set', 'style=plain'];

let rig: Rig;
let cli: BatchCli;

beforeAll(async () => {
  // Items continue as new between and within steps.
  rig = await startRig({ fewEvents: 'few' });
  cli = new BatchCli(rig);
  cli.write('recipe.yaml', RECIPE);
  cli.write('recipe.json', JSON.stringify(recipe));
});
afterAll(() => rig.close());

function listJobs(id: string, step: string): readonly LedgerEntry[] {
  return rig.emulator.ledger().jobs.filter(({ prompt }) => prompt.startsWith(`${id} at ${step}`));
}
const countJobs = (id: string) => STEPS.map((step) => listJobs(id, step).length);
const countPaid = (id: string) => STEPS.map((step) => listJobs(id, step).filter(({ charged }) => charged).length);

function start(id: string, more: object = {}): Promise<ItemHandle> {
  return rig.client.startItem({ id, recipe, values, ...more });
}

function script(id: string, step: string, then: Parameters<typeof rig.emulator.script>[0]['then'], times = 1): void {
  rig.emulator.script({ match: { promptIncludes: `${id} at ${step}` }, times, then });
}

test('the command runs the steps of a recipe, prints and copies the kept files, and finds the item again', async () => {
  const command = ['run', '--recipe', 'recipe.yaml', ...SET];
  const red = [...command, '--set', 'colour=red', '--id', 'shoe'];
  const { code, stdout } = await cli.run(...red);
  expect(code).toBe(0);
  const names = stdout
    .trim()
    .split('\n')
    .map((file) => path.basename(file));
  expect(names).toEqual(['shoe.png', 'shoe~edited.result.png']);
  expect(countPaid('shoe')).toEqual([1, 1, 1]);
  expect(listJobs('shoe', 'base')[0]?.prompt).toBe('shoe at base, red shoe.');
  const again = await cli.run(...red, '--json');
  expect(again.stderr).toBe('found shoe, made from the same request before; use another --id for another one\n');
  const json = JSON.parse(again.stdout);
  expect(json).toMatchObject({
    ...{ id: 'shoe', operation: 'background/change/image', outcome: 'succeeded' },
    values: { product: 'shoe', style: 'plain', colour: 'red' },
    files: [{ role: 'result' }, { role: 'edited.result' }],
    steps: STEPS.map((id) => ({ id, outcome: 'succeeded', submissions: [{ step: id, code: null }] })),
  });
  expect(json.steps[0].charge.credits + json.steps[0].charge.usd).toBeGreaterThan(0);
  expect(countJobs('shoe')).toEqual([1, 1, 1]);
  await cli.run('download', 'shoe', '--to', 'out');
  for (const name of names) expect(existsSync(path.join(cli.folder, 'out', name))).toBe(true);
  const other = await cli.run(...command, '--set', 'colour=navy', '--id', 'shoe');
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('another request') });
  const several = await cli.run(...command, '--id', 'hat');
  expect(several.code).toBe(2);
  expect(several.stderr).toContain('recipe.yaml, line 2: matrix makes 2 combinations');
  expect(several.stderr).toContain('batch --recipe recipe.yaml');
  expect(countJobs('hat')).toEqual([0, 0, 0]);
  const shown = await cli.run('status', 'shoe');
  expect(shown.stdout).toContain('edited · edit/image · succeeded · 1 submission');
});

describe('run again', () => {
  test('begins at the step that failed; finished steps are not paid again', async () => {
    script('fails', 'edited', { failJob: 'INPUT_INVALID', jobMs: 0 }, 2);
    const failed = await (await start('fails')).report();
    expect(failed).toMatchObject({
      ...{ outcome: 'failed', code: 'INPUT_INVALID', values },
      steps: [
        { id: 'base', outcome: 'succeeded', files: [{}] },
        { id: 'edited', outcome: 'failed', files: [] },
      ],
    });
    const status = await rig.client.item('fails').status();
    expect(status.steps?.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['base', 'succeeded'],
      ['edited', 'failed'],
    ]);
    const { stdout } = await cli.run('status', 'fails');
    expect(stdout).toContain('base · generate/image · succeeded · 1 submission');
    const report = await (await start('fails', { again: true })).report();
    expect(report).toMatchObject({ outcome: 'succeeded', steps: STEPS.map((id) => ({ id, outcome: 'succeeded' })) });
    expect(countPaid('fails')).toEqual([1, 1, 1]);
    // The job that made the first file is the one of the first run.
    expect(report.steps?.[0]).toMatchObject({
      files: failed.steps?.[0]?.files,
      submissions: [{ jobId: listJobs('fails', 'base')[0]?.jobId }],
    });
    await expect(start('fails', { again: true, values: { ...values, style: 'other' } })).rejects.toThrow(IdTakenError);
  });

  test('runs what was edited, and what is made from it', async () => {
    script('edited-later', 'large', { failJob: 'INPUT_INVALID', jobMs: 0 }, 2);
    expect(await (await start('edited-later')).report()).toMatchObject({ outcome: 'failed' });
    const restyled = { ...values, style: 'restyled' };
    script('edited-later', 'large', { failJob: 'INPUT_INVALID', jobMs: 0 }, 2);
    await (await start('edited-later', { again: true, values: restyled })).report();
    expect(countPaid('edited-later')).toEqual([1, 2, 0]);
    const anew = { ...restyled, product: 'boot' };
    expect(await (await start('edited-later', { again: true, values: anew })).report()).toMatchObject({
      outcome: 'succeeded',
    });
    expect(countPaid('edited-later')).toEqual([2, 3, 1]);
  });

  test('of a terminated item takes over the step and the job that only the store knows', async () => {
    script('terminated', 'edited', { jobMs: 1_500 });
    const item = await start('terminated');
    await until('the second step runs', async () => {
      const { steps, state } = await item.status();
      return steps?.length === 2 && state === 'running';
    });
    expect((await cli.run('status', 'terminated')).stdout).toMatch(/^terminated: edited · job_/);
    const { stderr } = await cli.run('rescue', listJobs('terminated', 'base')[0]?.jobId ?? '', '--id', 'terminated');
    expect(stderr).toContain('run --recipe FILE --id terminated --again');
    await rig.client.temporal.workflow.getHandle('terminated').terminate();
    const same = await cli.run('run', '--recipe', 'recipe.json', '--id', 'terminated', ...SET);
    expect(same.code).toBe(5);
    expect(same.stderr).toContain('run --recipe FILE --id terminated --again');
    expect(same.stderr).not.toContain('OPERATION');
    // Two processes at the same time.
    const again = await Promise.all([1, 2].map(() => start('terminated', { again: true })));
    for (const handle of again) expect(await handle.report()).toMatchObject({ outcome: 'succeeded' });
    expect(countJobs('terminated')).toEqual([1, 1, 1]);
  });

  test('of an item whose answer was lost stays unknown, until a second payment is allowed', async () => {
    script('lost', 'edited', { fault: 'reset-after-accept', on: 'submit' });
    expect(await (await start('lost')).report()).toMatchObject({ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' });
    const unknown = await (await start('lost', { again: true })).report();
    expect(unknown).toMatchObject({ outcome: 'unknown', steps: [{ outcome: 'succeeded' }, { outcome: 'unknown' }] });
    expect(countJobs('lost')).toEqual([1, 1, 0]);
    const paid = await (await start('lost', { again: true, allowUnknown: true })).report();
    expect(paid).toMatchObject({ outcome: 'succeeded' });
    expect(countJobs('lost')).toEqual([1, 2, 1]);
  });

  test('of an item that was cancelled between its steps continues there', async () => {
    script('cancelled', 'edited', { refuse: 'RATE_LIMIT_EXCEEDED' }, 100_000);
    const item = await start('cancelled');
    await until('the second step waits', async () => (await item.status()).steps?.length === 2);
    await item.cancel();
    expect(await item.report()).toMatchObject({
      ...{ outcome: 'cancelled' },
      steps: [{ outcome: 'succeeded' }, { outcome: 'cancelled' }],
    });
    rig.emulator.clearScripts();
    expect(await (await start('cancelled', { again: true })).report()).toMatchObject({ outcome: 'succeeded' });
    expect(countJobs('cancelled')).toEqual([1, 1, 1]);
  });
});

test('a reset of the workflow pays for nothing again', async () => {
  const first = await (await start('reset')).report();
  await resetWorkflow(rig.client.temporal, 'reset');
  const second = await rig.client.item('reset').report();
  expect(second).toMatchObject({ outcome: 'succeeded', files: first.files });
  expect(countJobs('reset')).toEqual([1, 1, 1]);
});

test('a finished step whose file has left the store is fetched again, which is free', async () => {
  script('gone', 'large', { failJob: 'INPUT_INVALID', jobMs: 0 }, 2);
  const failed = await (await start('gone')).report();
  for (const { files } of failed.steps ?? []) for (const { file } of files) rmSync(file);
  expect(await (await start('gone', { again: true })).report()).toMatchObject({ outcome: 'succeeded' });
  expect(countPaid('gone')).toEqual([1, 1, 1]);
});

test('every problem of a recipe by value is named at once, and nothing is started', async () => {
  const wrong = {
    id: 'a/b',
    deadlineMs: -1,
    recipe: {
      steps: [
        { id: 'base', operation: 'generate/image', fields: { prompt: '{{missing}}', width: 'wide' } },
        { id: 'base', operation: 'edit/imag', fields: { prompt: 'x', input_image: '{{steps.later}}' } },
      ],
    },
    values: { typo: 1 },
  };
  const error = await rig.client.startItem(wrong as unknown as { recipe: RecipeOptions }).catch((caught) => caught);
  expect(error).toBeInstanceOf(InvalidRequestError);
  const fields = (error as InvalidRequestError).problems.map(({ field }) => field);
  expect(fields).toEqual(
    expect.arrayContaining(['id', 'deadlineMs', 'recipe.steps[1].id', 'recipe.steps[1].operation', 'values']),
  );
  const row = await rig.client
    .startItem({ recipe: { ...recipe, matrix: { product: ['a', 'b'], style: [''] } }, values: {} })
    .catch((caught) => caught);
  expect(row.problems.map(({ problem }: { problem: string }) => problem).join()).toContain('makes 2 combinations');
  expect(row.problems.map(({ problem }: { problem: string }) => problem).join()).toContain('add id');
});

/** Recipes by value in the library: typed, with or without rows, in starts, plans, additions and redrives. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { InvalidRequestError, type RecipeOptions } from '../../client';
import { ImagePipelineClient } from '../../client/client';
import { BatchCli } from '../cli/batch-cli';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const SIZE = { width: 32, height: 32, output_format: 'png' } as const;
const RECIPE: RecipeOptions = {
  matrix: { colour: ['red', 'navy'], exclude: [{ colour: 'navy' }] },
  steps: [{ operation: 'generate/image', fields: { prompt: 'a {{colour}} {{product}}', ...SIZE } }],
  name: '{{key}}-{{colour}}',
};

test('rows are variables of a recipe; a plan, a start, an addition and a redrive take it', async () => {
  const rows = [{ key: 'shoe', product: 'shoe' }];
  const { client } = rig;
  expect(await client.planBatch({ rows, recipe: RECIPE })).toMatchObject({ valid: 1, submissions: 1 });
  const batch = await client.startBatch({ id: 'shots', rows, recipe: RECIPE });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 1 });
  expect(await batch.add({ rows: [...rows, { key: 'hat', product: 'hat' }], recipe: RECIPE })).toBe(1);
  await batch.result();
  const lines = [];
  for await (const { key, values } of batch.results()) lines.push([key, values]);
  expect(lines).toEqual([
    ['shoe-red', { product: 'shoe', colour: 'red' }],
    ['hat-red', { product: 'hat', colour: 'red' }],
  ]);
  const steps = [{ operation: 'generate/image', fields: { prompt: 'new {{product}}', ...SIZE } }] as const;
  const wish = { recipe: { ...RECIPE, steps }, rows, outcomes: ['succeeded'], dryRun: true } as const;
  expect(await batch.redrive(wish)).toMatchObject({ selected: 1 });
});

test('every problem is named with its path in the recipe', async () => {
  const recipe = { ...RECIPE, steps: [{ operation: 'generate/image', fields: { promt: '{{product' } }] };
  const wrong = rig.client.startBatch({ rows: [], recipe: recipe as never, values: { coulour: 'green' } });
  await expect(wrong).rejects.toThrow(InvalidRequestError);
  await expect(wrong).rejects.toThrow(
    /^recipe\.steps\[0\]\.fields\.promt is not a field of generate\/image; did you mean prompt\?\nrecipe\.steps\[0\]\.fields\.promt has \{\{ .*\nvalues has "coulour", which the recipe does not use; did you mean colour\?$/,
  );
  const both = rig.client.startBatch({ recipe: RECIPE, carry: ['x'], values: 'no' as never });
  await expect(both).rejects.toThrow(/^values must be an object.*\ncarry cannot be given with a recipe/);
  await expect(rig.client.startBatch({ rows: [], values: {} })).rejects.toThrow('values is for variables of a recipe');
  await expect(rig.client.startBatch({})).rejects.toThrow('rows is undefined; must be an array');
  await expect(rig.client.startBatch({ recipe: RECIPE })).rejects.toThrow(
    'uses {{product}}, which is not in the matrix',
  );
});

test('a recipe may be a file, whose paths start from its folder; a variable may be the bytes of a picture', async () => {
  const cwd = tempFolder();
  const pixel = (background: string) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toBuffer();
  writeFileSync(path.join(cwd, 'fixed.png'), await pixel('#336699'));
  const toRecipe = (image: string) =>
    `steps:\n  - operation: background/remove/image\n    fields: { input_image: "${image}" }\n`;
  writeFileSync(path.join(cwd, 'fixed.yaml'), toRecipe('./fixed.png'));
  const env = { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store };
  const client = await ImagePipelineClient.connect({ env, cwd: path.dirname(cwd) });
  try {
    const recipe = `${path.basename(cwd)}/fixed.yaml`;
    const batch = await client.startBatch({ id: 'from-file', recipe });
    expect((await batch.result()).counts).toMatchObject({ succeeded: 1 });
    await expect(client.startBatch({ recipe: 'nowhere.yaml' })).rejects.toThrow(/nowhere\.yaml/);
    const operation = 'background/remove/image';
    const ofBytes = await client.startBatch({
      id: 'of-bytes',
      recipe: { steps: [{ operation, fields: { input_image: '{{photo}}' } }] },
      rows: [{ key: 'a', photo: await pixel('#ff0000'), shop: 'Rome' }],
    });
    expect((await ofBytes.result()).counts).toMatchObject({ succeeded: 1 });
    for await (const { values } of ofBytes.results()) expect(values).toEqual({ shop: 'Rome' });
  } finally {
    await client.close();
  }
});

test('a redrive with a recipe of one step, or with another keep alone, runs and pays nothing', async () => {
  const { client } = rig;
  const base = { id: 'base', operation: 'generate/image', fields: { prompt: 'kept {{key}}', ...SIZE } } as const;
  const edit = {
    id: 'edited',
    operation: 'edit/image',
    fields: { prompt: 'edited {{key}}', input_image: '{{steps.base}}' },
  } as const;
  const rows = [{ key: 'a' }, { key: 'b' }];
  const batch = await client.startBatch({ id: 'kept', rows, recipe: { steps: [base, edit] } });
  await batch.result();
  const accepted = rig.emulator.ledger().jobs.length;
  const outcomes = ['succeeded'] as const;
  const kept = { steps: [base, edit], keep: ['base'] };
  expect(await batch.redrive({ rows, recipe: kept, outcomes })).toMatchObject({ selected: 0, rekept: 2 });
  expect(await batch.redrive({ rows, recipe: { steps: [base] }, outcomes })).toMatchObject({ selected: 0 });
  const { id: _id, ...unnamed } = base;
  expect(await batch.redrive({ rows, recipe: { steps: [unnamed] }, outcomes })).toMatchObject({ selected: 0 });
  const flat = rows.map(({ key }) => ({ key, prompt: `kept ${key}`, ...SIZE }));
  await expect(batch.redrive({ rows: flat, outcomes })).rejects.toThrow('pass the recipe too');
  const cli = new BatchCli(rig);
  const file = cli.write('kept.json', JSON.stringify(kept));
  const [line] = await cli.lines('kept', '--recipe', file);
  expect(line?.files?.map(({ role }) => role)).toEqual(['result', 'base.result']);
  const copied = await cli.run('download', 'kept', '--to', 'out', '--recipe', file);
  expect(copied).toMatchObject({ code: 0, stderr: expect.stringMatching(/^copied 4 files/) });
  expect(await cli.run('download', 'kept', '--to', 'out', '--recipe', 'no.yaml')).toMatchObject({ code: 2 });
  const rowsFile = cli.write('kept.csv', 'key\na\nb\n');
  const redrive = await cli.run('redrive', 'kept', '--input', rowsFile, '--recipe', file, '--outcome', 'succeeded');
  expect(redrive.stderr).toContain('2 items with another "keep" only: the files are stored;');
  const sweep = cli.write(
    'sweep.yaml',
    'matrix: { key2: [x] }\nsteps:\n  - operation: generate/image\n    fields: { prompt: x }\n',
  );
  const alone = await cli.run('redrive', 'kept', '--recipe', sweep, '--dry-run');
  expect(alone.stderr).toMatch(/has keys that are not in the batch "kept": x/);
  const other = { ...base, fields: { ...base.fields, prompt: 'other {{key}}' } };
  expect(await batch.redrive({ rows, recipe: { steps: [other] }, outcomes })).toMatchObject({
    selected: 2,
    repaid: { base: 2 },
  });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 2 });
  expect(rig.emulator.ledger().jobs.length).toBe(accepted + 2);
});

test('a sidecar beside each file has its request, values and cost; none is replaced', async () => {
  const cli = new BatchCli(rig);
  const recipe = cli.write(
    'side.json',
    JSON.stringify({
      steps: [
        {
          id: 'base',
          operation: 'generate/image',
          fields: { prompt: 'side {{product}}', seed: 7, width: 32, height: 32 },
        },
        { id: 'edited', operation: 'edit/image', fields: { prompt: 'red', input_image: '{{steps.base}}' } },
      ],
      keep: ['base'],
    }),
  );
  const rows = cli.write('side.csv', 'key,product,shop\nshoe,shoe,Rome\n');
  const without = await cli.run('batch', rows, '--recipe', recipe, '--id', 'side', '--sidecar');
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--sidecar requires --output') });
  const made = await cli.run('batch', rows, '--recipe', recipe, '--id', 'side', '--output', 'side', '--sidecar');
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('copied 4 files to') });
  const folder = path.join(cli.folder, 'side');
  expect(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort(),
  ).toEqual(['shoe.json', 'shoe~base.result.json']);
  const base = JSON.parse(readFileSync(path.join(folder, 'shoe~base.result.json'), 'utf8'));
  const [line] = await cli.lines('side');
  const job = line?.submissions.find(({ step }) => step === 'base');
  expect(base).toEqual({
    file: 'shoe~base.result.png',
    sha256: createHash('sha256')
      .update(readFileSync(path.join(folder, 'shoe~base.result.png')))
      .digest('hex'),
    bytes: expect.any(Number),
    mimeType: 'image/png',
    role: 'base.result',
    batch: 'side',
    batchCreatedAt: expect.any(String),
    key: 'shoe',
    step: 'base',
    operation: 'generate/image',
    request: { prompt: 'side shoe', seed: 7, width: 32, height: 32, output_format: 'png' },
    seed: 7,
    values: { product: 'shoe', shop: 'Rome' },
    submissions: [job],
    jobIds: [job?.jobId],
    charge: expect.objectContaining({ credits: expect.any(Number) }),
  });
  const last = readFileSync(path.join(folder, 'shoe.json'), 'utf8');
  expect(JSON.parse(last)).toMatchObject({ step: 'edited', request: { prompt: 'red', input_image: { step: 'base' } } });
  expect(JSON.parse(last)).toMatchObject({
    jobIds: [line?.submissions.at(-1)?.jobId],
    earlierSteps: [{ step: 'base', operation: 'generate/image', seed: 7, submissions: [job], jobIds: [job?.jobId] }],
  });
  expect(JSON.parse(last).earlierSteps[0].charge).toEqual(base.charge);
  expect(last).not.toContain(rig.emulator.url);
  const again = await cli.run('download', 'side', '--to', 'side', '--sidecar');
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('copied 0 files') });
  writeFileSync(path.join(folder, 'shoe.json'), 'mine');
  const kept = await cli.run('download', 'side', '--to', 'side', '--sidecar');
  expect(kept).toMatchObject({ code: 2, stderr: expect.stringMatching(/^shoe\.json is there with other content/) });
  expect(readFileSync(path.join(folder, 'shoe.json'), 'utf8')).toBe('mine');
});

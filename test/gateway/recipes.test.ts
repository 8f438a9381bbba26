/** Recipes by value over HTTP: as JSON, as a part of a form, and in redrives. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Api } from '../../gateway';
import { type Rig, startRig } from '../support/rig';
import { AUTHORIZED, startTestApi } from './api-harness';

let rig: Rig;
let api: Api;

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig);
});
afterAll(() => rig.close());

const FIELDS = { prompt: 'a {{colour}} {{product}}', width: 32, height: 32, output_format: 'png' };
const RECIPE = {
  matrix: { colour: ['red', 'navy'] },
  steps: [{ operation: 'generate/image', fields: FIELDS }],
};

async function send(where: string, body: object | FormData) {
  const isForm = body instanceof FormData;
  const type = isForm ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${api.url}${where}`, {
    method: 'POST',
    headers: { ...AUTHORIZED, ...type },
    body: isForm ? body : JSON.stringify(body),
  });
  const answered = (await answer.json()) as { readonly errors?: readonly { readonly field: string }[] };
  return { status: answer.status, body: answered, fields: answered.errors?.map(({ field }) => field) };
}

async function readKeys(id: string): Promise<readonly string[]> {
  await rig.client.batch(id).result();
  const keys: string[] = [];
  for await (const { key, outcome } of rig.client.batch(id).results()) keys.push(`${key} ${outcome}`);
  return keys;
}

test('a recipe and its rows are one JSON body, with settings; a matrix needs no rows', async () => {
  const rows = [
    { key: 'shoe', product: 'shoe' },
    { key: 'hat', product: 'hat', shop: 'Rome' },
  ];
  const made = await send('/v1/batches', { id: 'json', rows, recipe: RECIPE, set: { colour: 'green' }, sample: 1 });
  expect(made).toMatchObject({ status: 202, body: { id: 'json', items: 2, notStarted: 1 } });
  expect(await readKeys('json')).toEqual(['shoe-green succeeded']);
  expect(rig.emulator.ledger().jobs.map(({ prompt }) => prompt)).toEqual(['a green shoe']);

  const alone = {
    ...RECIPE,
    steps: [{ operation: 'generate/image', fields: { ...FIELDS, prompt: 'only {{colour}}' } }],
  };
  expect(await send('/v1/batches', { id: 'alone', recipe: alone })).toMatchObject({ status: 202, body: { items: 2 } });
  expect(await readKeys('alone')).toEqual(['red succeeded', 'navy succeeded']);
  const edited = {
    ...alone,
    steps: [{ operation: 'generate/image', fields: { ...FIELDS, prompt: 'now {{colour}}' } }],
  };
  const wish = { recipe: edited, outcomes: ['succeeded'], dryRun: true };
  expect(await send('/v1/batches/alone/redrive', wish)).toMatchObject({ status: 202, body: { selected: 2 } });
  expect(rig.emulator.ledger().jobs).toHaveLength(3);
});

test('a form has the recipe as YAML beside a file of rows', async () => {
  const form = new FormData();
  form.set(
    'recipe',
    `matrix: { colour: [red] }\nsteps:\n  - operation: generate/image\n    fields: ${JSON.stringify(FIELDS)}\n`,
  );
  form.set('rows', new Blob(['key,product\nboot,boot\n'], { type: 'text/csv' }), 'rows.csv');
  expect(await send('/v1/batches?id=form', form)).toMatchObject({ status: 202, body: { items: 1 } });
  expect(await readKeys('form')).toEqual(['boot-red succeeded']);
});

test('every problem is named with its path or line, and nothing is started', async () => {
  const recipe = {
    matrix: { colour: { file: '/etc/passwd' } },
    steps: [
      { operation: 'generate/soup', fields: {} },
      { id: 'b', operation: 'upscale/image', fields: { scal: 2 } },
    ],
  };
  const wrong = await send('/v1/batches', { id: 'wrong', recipe, concurrency: 2 });
  expect(wrong.status).toBe(422);
  expect(wrong.fields).toEqual([
    'recipe.steps[0].id',
    'recipe.steps[0].operation',
    'recipe.steps[1].fields.scal',
    'recipe.matrix.colour',
  ]);
  expect(JSON.stringify(wrong.body)).toContain('names a file, which is not possible here');
  const atPath = await send('/v1/batches', { recipe: './recipe.yaml', rows: 'all', sample: 0 });
  expect(atPath.fields).toEqual(['rows', 'sample']);
  expect((await send('/v1/batches', { recipe: './recipe.yaml' })).body.errors).toEqual([
    { field: 'recipe', problem: 'must be an object with steps' },
  ]);
  expect((await send('/v1/batches?id=x', { recipe: RECIPE })).body.errors).toEqual([
    { field: 'id', problem: 'is a query parameter; put it into the body' },
  ]);
  const picture = { steps: [{ operation: 'upscale/image', fields: { input_image: './secret.png', scale: 2 } }] };
  expect(JSON.stringify(await send('/v1/batches', { recipe: picture }))).toContain('input_image');

  const form = new FormData();
  form.set(
    'recipe',
    'matrix: { colour: { file: styles.txt } }\nsteps:\n  - operation: generate/image\n    fields: { promt: x }\n',
  );
  const inForm = await send('/v1/batches?id=wrong', form);
  expect(inForm).toMatchObject({ status: 422, body: { code: 'INVALID_ROWS' } });
  expect(inForm.fields).toEqual(['recipe, line 4: steps[0].fields.promt', 'recipe, line 1: matrix.colour']);
  expect(await rig.client.temporal.workflow.count('WorkflowId = "wrong"')).toMatchObject({ count: 0 });
});

test('the JSON schema is served without a token, as it is in the docs', async () => {
  const answer = await fetch(`${api.url}/recipe.schema.json`);
  const file = path.join(__dirname, '../../docs/recipe.schema.json');
  expect([answer.status, await answer.json()]).toEqual([200, JSON.parse(readFileSync(file, 'utf8'))]);
});

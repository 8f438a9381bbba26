/** Recipes by value over HTTP: as JSON, as a part of a form, and in redrives. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Api } from '../../gateway';
import { itemSchema } from '../../gateway/api/answers';
import { drawPhoto } from '../support/file-server';
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
  const made = await send('/v1/batches', { id: 'json', rows, recipe: RECIPE, values: { colour: 'green' }, sample: 1 });
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

test('the JSON schemas of workflows are served likewise, and listed', async () => {
  const list = await (await fetch(`${api.url}/schemas`)).json();
  const files = readdirSync(path.join(__dirname, '../../schemas')).sort();
  expect(list).toEqual({ schemas: files.map((file) => `/schemas/${file}`) });
  for (const file of files) {
    const answer = await fetch(`${api.url}/schemas/${file}`);
    const text = readFileSync(path.join(__dirname, '../../schemas', file), 'utf8');
    expect([answer.status, await answer.json()]).toEqual([200, JSON.parse(text)]);
  }
});

describe('a single item', () => {
  const steps = [
    { id: 'base', operation: 'generate/image', fields: { ...FIELDS, prompt: '{{key}} in {{colour}}' } },
    { id: 'cut', operation: 'background/remove/image', fields: { input_image: '{{steps.base}}' } },
  ];
  const recipe = { steps, keep: ['base'] };

  async function read(where: string) {
    const answer = await fetch(`${api.url}${where}`, { headers: AUTHORIZED });
    return (await answer.json()) as { readonly end: { readonly files: readonly { readonly file: string }[] } | null };
  }

  test('is started of a recipe by value, and its answer has steps, values and links', async () => {
    const body = { id: 'coat', recipe, values: { colour: 'red' } };
    expect(await send('/v1/items', body)).toMatchObject({ status: 202, body: { id: 'coat', alreadyStarted: false } });
    await rig.client.item('coat').report();
    expect(await send('/v1/items', body)).toMatchObject({ status: 202, body: { alreadyStarted: true } });
    const answer = itemSchema.strict().parse(await read('/v1/items/coat'));
    expect(answer).toMatchObject({
      ...{ operation: 'background/remove/image', state: 'succeeded' },
      steps: [
        { id: 'base', outcome: 'succeeded', files: [{ file: '/v1/items/coat/files/base.result' }] },
        { id: 'cut' },
      ],
      end: {
        ...{ outcome: 'succeeded', values: { colour: 'red' } },
        steps: [
          { id: 'base', submissions: [{ step: 'base' }] },
          { id: 'cut', outcome: 'succeeded' },
        ],
      },
    });
    const kept = answer.end?.files.find(({ role }) => role === 'base.result')?.file ?? '';
    expect((await fetch(`${api.url}${kept}`, { headers: AUTHORIZED })).status).toBe(200);
    const other = await send('/v1/items', { ...body, values: { colour: 'navy' } });
    expect(other).toMatchObject({ status: 409, body: { code: 'ID_TAKEN' } });
    expect(rig.emulator.ledger().jobs.filter(({ prompt }) => prompt.startsWith('coat in'))).toHaveLength(1);
  });

  test('may have files as parts of a form, and cannot name files of this machine', async () => {
    const form = new FormData();
    const fields = { input_image: 'part:photo' };
    const only = { steps: [{ operation: 'background/remove/image', fields }] };
    form.set('item', new Blob([JSON.stringify({ id: 'part', recipe: only })]));
    form.set('photo', new Blob([new Uint8Array(await drawPhoto())]), 'photo.png');
    expect(await send('/v1/items', form)).toMatchObject({ status: 202 });
    expect(await rig.client.item('part').report()).toMatchObject({ outcome: 'succeeded' });
    form.set('unused', new Blob([new Uint8Array(await drawPhoto())]), 'photo.png');
    expect((await send('/v1/items', form)).fields).toEqual(['unused']);
    const wrong = {
      ...{ id: 'wrong', again: 'yes', more: 1 },
      recipe: {
        matrix: { colour: { file: 'colours.txt' } },
        steps: [{ operation: 'background/remove/image', fields: { input_image: '/etc/passwd' } }],
      },
    };
    const { status, fields: problems } = await send('/v1/items', wrong);
    expect(status).toBe(422);
    expect(problems).toEqual(expect.arrayContaining(['again', 'more', 'recipe.matrix.colour']));
    const path = await send('/v1/items', { recipe: { steps: wrong.recipe.steps } });
    expect(path.fields).toEqual(['recipe.steps[0].fields.input_image']);
    const several = await send('/v1/items', { id: 'several', recipe: RECIPE, values: { product: 'x' } });
    expect(several.fields).toEqual(['recipe.matrix']);
  });
});

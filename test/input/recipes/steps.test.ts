/** Recipes of several steps: the rows that they make, and those that cannot be used. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { folderWith, run } from '../plan-support';
import { expand, refusal } from './recipe-support';

const AT = 'recipe.yaml, line';

/** One step for each text: its fields, after its id and operation. */
const toSteps = (...steps: readonly (readonly [id: string, operation: string, fields: string])[]) =>
  `steps:\n${steps.map(([id, operation, fields]) => `  - id: ${id}\n    operation: ${operation}\n    fields: ${fields}\n`).join('')}`;

const BASE = ['base', 'generate/image', '{ prompt: "a {{colour}} shoe" }'] as const;
const CUTOUT = ['cutout', 'background/remove/image', '{ input_image: "{{steps.base}}" }'] as const;
const LARGE = ['large', 'upscale/image', '{ input_image: "{{steps.cutout}}", scale: 2 }'] as const;
const MATRIX = 'matrix: { colour: [red] }\n';

test('references to files stay typed, and no request depends on later steps', async () => {
  const { items } = await expand(`${MATRIX}${toSteps(BASE, CUTOUT, LARGE)}keep: [cutout]\n`);
  expect(items).toMatchObject([
    {
      values: { key: 'red' },
      keep: ['cutout'],
      steps: [
        { id: 'base', values: { operation: 'generate/image', prompt: 'a red shoe' } },
        { id: 'cutout', values: { operation: 'background/remove/image', input_image: { step: 'base' } } },
        { id: 'large', values: { operation: 'upscale/image', input_image: { step: 'cutout' }, scale: 2 } },
      ],
    },
  ]);
  for (const { values } of items[0]?.steps ?? []) expect(values).not.toHaveProperty('output_format');
});

test('a recipe may choose the format of a step, a file by its role, and lists of files', async () => {
  const edit = [
    'edit',
    'edit/image',
    '{ prompt: x, input_image: ["{{steps.base}}", "{{steps.cutout.result}}"] }',
  ] as const;
  const base = ['base', 'generate/image', '{ prompt: shoe, output_format: webp }'] as const;
  const { items } = await expand(toSteps(base, ['cutout', CUTOUT[1], CUTOUT[2]], edit));
  expect(items[0]?.steps?.map(({ values }) => values)).toMatchObject([
    { output_format: 'webp' },
    {},
    { input_image: [{ step: 'base' }, { step: 'cutout', role: 'result' }] },
  ]);
});

test('one step with an id makes an ordinary row', async () => {
  const { items } = await expand(`${MATRIX}${toSteps(BASE)}`);
  expect(items[0]).not.toHaveProperty('steps');
  expect(items[0]?.values).toMatchObject({ key: 'red', operation: 'generate/image', prompt: 'a red shoe' });
});

const FIELD = 'steps[1].fields.input_image';
const second = (fields: string, id = 'cutout', operation = 'background/remove/image') =>
  [id, operation, fields] as const;
const of = (name: string) => second(`{ input_image: "${name}" }`);

test.each([
  [
    'a step that does not exist',
    of('{{steps.bass}}'),
    `${FIELD} uses {{steps.bass}}, but there is no step "bass"; did you mean base?`,
  ],
  [
    'its own file',
    of('{{steps.cutout}}'),
    `${FIELD} uses {{steps.cutout}}, its own file; must be that of an earlier step`,
  ],
  [
    'a wrong role',
    of('{{steps.base.cutout}}'),
    `${FIELD} uses {{steps.base.cutout}}, but generate/image makes no file "cutout"; must be one of result`,
  ],
  [
    'a part of a text',
    of('https://x.test/{{steps.base}}'),
    `${FIELD} uses {{steps.base}}, the file of a step; it must be the whole value`,
  ],
  [
    'a field that takes no file',
    second('{ prompt: "{{steps.base}}", input_image: "{{steps.base}}" }', 'b', 'edit/image'),
    'steps[1].fields.prompt uses {{steps.base}}, the file of a step, but the field takes no file',
  ],
])('%s', async (_name, step, problem) => {
  expect(await refusal(`${MATRIX}${toSteps(BASE, step)}`)).toEqual([`${AT} 8: ${problem}`]);
});

test('a clip cannot be a picture, a later step cannot be used, and steps in a circle need each other', async () => {
  const clip = ['clip', 'generate/video', '{ prompt: waves }'] as const;
  expect(await refusal(toSteps(clip, ['a', 'upscale/image', '{ input_image: "{{steps.clip}}" }']))).toEqual([
    `${AT} 7: ${FIELD} uses {{steps.clip}}, which is a clip, but the field takes a picture`,
  ]);
  expect(await refusal(`${MATRIX}${toSteps(['a', CUTOUT[1], '{ input_image: "{{steps.base}}" }'], BASE)}`)).toEqual([
    `${AT} 5: steps[0].fields.input_image uses {{steps.base}}, a later step; must be an earlier one: change the order of the steps`,
  ]);
  const circle = toSteps(
    ['a', 'upscale/image', '{ input_image: "{{steps.b}}" }'],
    ['b', 'upscale/image', '{ input_image: "{{steps.a}}" }'],
  );
  expect(await refusal(circle)).toEqual([
    `${AT} 4: steps[0].fields.input_image uses {{steps.b}}, but that step needs this one (a → b → a): a circle of steps`,
  ]);
});

test('ids and keep, all at once', async () => {
  const steps = toSteps(
    BASE,
    ['Base', LARGE[1], '{ input_image: "{{steps.base}}" }'],
    ['con', LARGE[1], '{}'],
    ['a.b', LARGE[1], '{}'],
  );
  const unnamed = '  - operation: upscale/image\n    fields: {}\n';
  expect(await refusal(`${MATRIX}${steps}${unnamed}keep: [bass, base, bass, base]\nname: "{{steps.base}}"\n`)).toEqual([
    `${AT} 6: steps[1].id is "Base", which steps[0] has; must be unique`,
    `${AT} 9: steps[2].id is "con"; must not be a name that is reserved on Windows`,
    `${AT} 12: steps[3].id is "a.b"; must begin with a letter, and have at most 40 letters, digits, - and _`,
    `${AT} 15: steps[4].id is missing; each of several steps must have an id`,
    `${AT} 18: name uses {{steps.base}}, the file of a step; keys are made before any step runs`,
    `${AT} 17: keep[0] is "bass", which is not a step; did you mean base?`,
    `${AT} 17: keep[2] is "bass", which keep[0] has; must be unique`,
    `${AT} 17: keep[3] is "base", which keep[1] has; must be unique`,
  ]);
});

test('an unknown operation hides no other problem of the steps', async () => {
  const wrong = ['cut', 'background/remov/image', '{ input_image: "{{steps.bass}}" }'] as const;
  const large = ['large', 'upscale/image', '{ input_image: "{{steps.cutt}}", scale: 2 }'] as const;
  expect(await refusal(`${MATRIX}${toSteps(BASE, wrong, large)}`)).toEqual([
    `${AT} 7: steps[1].operation is "background/remov/image"; did you mean background/remove/image?`,
    `${AT} 8: steps[1].fields.input_image uses {{steps.bass}}, but there is no step "bass"; did you mean base?`,
    `${AT} 11: steps[2].fields.input_image uses {{steps.cutt}}, but there is no step "cutt"; did you mean cut?`,
  ]);
});

test('a step that is paid for nothing, and a step among some without ids', async () => {
  const aside = ['aside', 'generate/image', '{ prompt: x }'] as const;
  expect(await refusal(`${MATRIX}${toSteps(BASE, aside, CUTOUT)}`)).toEqual([
    `${AT} 6: steps[1] is paid for nothing: no later step uses its file, and it is not in keep; use {{steps.aside}} in a later step, or add aside to keep`,
  ]);
  expect(await refusal(`${MATRIX}${toSteps(BASE, aside, CUTOUT)}keep: [aside]\n`)).toEqual([]);
  const unnamed = toSteps(['', BASE[1], '{ prompt: x }'], ['', CUTOUT[1], '{ input_image: "{{steps.b}}" }']);
  expect(await refusal(unnamed.replaceAll('id: \n    ', ''))).toEqual([
    `${AT} 2: steps[0].id is missing; each of several steps must have an id`,
    `${AT} 4: steps[1].id is missing; each of several steps must have an id`,
    `${AT} 5: ${FIELD} uses {{steps.b}}, but there is no step "b"; the steps have no ids`,
  ]);
});

test('plan counts by step, and shows each step of the first items', async () => {
  const recipe = `matrix: { colour: [red, navy, red lace, blue] }\n${toSteps(BASE, CUTOUT, LARGE)}`;
  const cwd = folderWith('recipe.yaml', recipe);
  const prices = ['--price', 'generate/image=2', '--price', 'background/remove/image=3', '--price', 'upscale/image=5'];
  const { code, stdout } = await run(cwd, '--recipe', 'recipe.yaml', ...prices);
  expect(code).toBe(0);
  expect(stdout).toContain('paid submissions: 12, and one more for each retry of a failed job');
  expect(stdout).toContain('  step cutout, background/remove/image: 4\n');
  expect(stdout).toContain('cost: 40; failed jobs are not charged\n');
  expect(stdout).toContain(
    '  red · cutout: background/remove/image {"input_image":{"step":"base"},"output_format":"png"}\n',
  );
  expect(stdout).toContain('longest file name: red_lace (8 characters)\n');
  expect(stdout).toContain('recipe.yaml: 4 items, 4 valid, 0 invalid, 0 dropped\n');
  const json = JSON.parse((await run(cwd, '--recipe', 'recipe.yaml', '--json')).stdout);
  expect(json.recipe.first[0]).toEqual({
    key: 'red',
    steps: [expect.objectContaining({ id: 'base' }), expect.objectContaining({ id: 'cutout' }), expect.anything()],
    values: { colour: 'red' },
  });
});

test('a value that a step cannot have is named with its step', async () => {
  const recipe = toSteps(BASE, ['large', 'upscale/image', '{ input_image: "{{steps.base}}", scale: "{{scale}}" }']);
  const cwd = folderWith('recipe.yaml', recipe);
  writeFileSync(path.join(cwd, 'rows.csv'), 'key,colour,scale\na,red,9000\n');
  const { code, stderr } = await run(cwd, 'rows.csv', '--recipe', 'recipe.yaml');
  expect(code).toBe(2);
  expect(stderr).toMatch(/line 2, key "a": large\.scale is 9000; must be /);
});

test('a row of a file cannot refer to a step', async () => {
  const row = { key: 'a', operation: 'upscale/image', input_image: { step: 'base' }, scale: 2 };
  const cwd = folderWith('rows.jsonl', `${JSON.stringify(row)}\n`);
  const { code, stderr } = await run(cwd, 'rows.jsonl');
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/input_image is \{"step":"base"\}; must be a file, an address/),
  ]);
});

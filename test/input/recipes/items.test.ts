/** The items that a recipe makes. */
import fc from 'fast-check';
import {
  type Combination,
  countCombinations,
  listCombinations,
  listOf,
  type Matrix,
  type Scalar,
} from '../../../input/recipes/matrix';
import { parseTemplate, renderTemplate } from '../../../input/recipes/template';
import { folderWith, run } from '../plan-support';
import { expand, keysOf, problemsOf } from './recipe-support';

const toStep = (...fields: readonly string[]) =>
  `steps:\n  - operation: generate/image\n    fields:\n${fields.map((field) => `      ${field}\n`).join('')}`;
const COLOURS = toStep('prompt: "{{product}} in {{colour}}"', 'seed: "{{seed}}"');
const MATRIX =
  'matrix:\n  colour: [red, navy blue]\n  seed: { from: 1, to: 2 }\n  exclude: [{ colour: red, seed: 2 }]\n';

test('every combination for every row; columns and combination come back as values', async () => {
  const files = { 'rows.csv': 'key,product,Note\nshoe,a shoe,x\nhat,a hat,\n' };
  const { items, combinations } = await expand(MATRIX + COLOURS, files, { rows: 'rows.csv' });
  expect(combinations).toBe(3);
  expect(keysOf(items)).toEqual([
    'shoe-red-1',
    'shoe-navy_blue-1',
    'shoe-navy_blue-2',
    'hat-red-1',
    'hat-navy_blue-1',
    'hat-navy_blue-2',
  ]);
  expect(items[1]).toEqual({
    line: 2,
    number: 2,
    values: { key: 'shoe-navy_blue-1', operation: 'generate/image', prompt: 'a shoe in navy blue', seed: 1 },
    carried: { product: 'a shoe', Note: 'x', colour: 'navy blue', seed: 1 },
    problems: [],
    warnings: [],
  });
});

test.each([
  ['alone keeps its type', '{{n}}', 7, 7],
  ['with spaces around its name', '{{ n }}', 7, 7],
  ['in a text is inserted', 'a{{n}}b{{n}}', 7, 'a7b7'],
  ['is not expanded', 'a {{n}}', '{{n}} {{MODEL_ERROR}}', 'a {{n}} {{MODEL_ERROR}}'],
  ['behind a literal', '{{{{n}} {{n}}', 7, '{{n}} 7'],
  ['alone and empty means not given', '{{n}}', ' ', null],
  ['in a list', ['{{n}}', 'x{{n}}'], 7, [7, 'x7']],
  ['in an object', { constructor: '{{n}}' }, true, { constructor: true }],
])('a variable %s', (_name, template, n, value) => {
  const problems: string[] = [];
  const onProblem = (problem: string) => problems.push(problem);
  expect(renderTemplate(parseTemplate(template, onProblem), () => n, onProblem)).toEqual(value);
  expect(problems).toEqual([]);
});

test('missing, misspelt and empty variables are named with their rows', async () => {
  const files = {
    'rows.jsonl': '{"product":"a"}\n{"prodct":"a"}\n{"product":""}\n{"product":["a"]}\n{"product":"a","colour":"x"}\n',
  };
  const { items } = await expand(`matrix: { colour: [red], seed: [1] }\n${COLOURS}`, files, { rows: 'rows.jsonl' });
  const field = 'steps[0].fields.prompt';
  expect(problemsOf(items)).toEqual([
    `2: ${field} uses {{product}}, which is neither a column of the row nor a variable of the recipe; did you mean prodct?`,
    `3: ${field} inserts {{product}} into a text, which has no value here`,
    `4: ${field} inserts {{product}} into a text, which is a list or an object, and must be a whole value`,
    '5: colour is a column and a variable of the matrix; rename one of them',
  ]);
});

test.each([
  ['a row that has no key', '{{key}}', ['1-red', '2-red']],
  ['a name of its own', '{{product}}/{{colour}}', ['a_shoe--red', 'a_hat--red']],
])('keys: %s', async (_case, name, keys) => {
  const recipe = `matrix: { colour: [red] }\nname: "${name === '{{key}}' ? '{{key}}-{{colour}}' : name}"\n${toStep('prompt: "{{product}}"')}`;
  const { items } = await expand(recipe, { 'rows.csv': 'product\na shoe\na hat\n' }, { rows: 'rows.csv' });
  expect(keysOf(items)).toEqual(keys);
});

test('default keys are safe and unique for values that no file name can have', async () => {
  const values = [
    '"青"',
    '"紅"',
    '"a/b"',
    '"a:b"',
    '-5',
    'true',
    `"${'long '.repeat(20)}"`,
    `"${'long '.repeat(20)}er"`,
  ];
  const { items } = await expand(`matrix: { v: [${values}] }\n${toStep('prompt: "x {{v}}"')}`);
  const keys = keysOf(items).map(String);
  expect(new Set(keys).size).toBe(values.length);
  for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
  // These must never change: a batch finds its items by them.
  expect(keys).toEqual([
    '_-dc06463a',
    expect.stringMatching(/^_-[0-9a-f]{8}$/),
    expect.stringMatching(/^a--b-[0-9a-f]{8}$/),
    expect.stringMatching(/^a_b-[0-9a-f]{8}$/),
    '_5',
    'true',
    expect.stringMatching(/^long_long_long_long_long-[0-9a-f]{8}$/),
    expect.stringMatching(/^long_long_long_long_long-[0-9a-f]{8}$/),
  ]);
});

test('a file of values beside the recipe, values set by the caller, and paths', async () => {
  const recipe = `matrix:\n  style: { file: styles.txt }\n  seed: [1, 2]\n  include: [{ seed: 1, logo: a.png }]\n${toStep(
    'prompt: "{{style}}"',
    'seed: "{{seed}}"',
    'logo_url: "{{logo}}"',
  )}`;
  const { items } = await expand(recipe, { 'styles.txt': 'oil\n\n pop art \n' }, { set: { seed: '2' } });
  expect(items.map(({ values }) => [values['key'], values['prompt'], values['seed'], values['logo_url']])).toEqual([
    ['oil-2', 'oil', 2, null],
    ['pop_art-2', 'pop art', 2, null],
  ]);
});

test('a recipe may be JSON with tabs', async () => {
  const recipe = { matrix: { n: [1, 2] }, steps: [{ operation: 'generate/image', fields: { prompt: 'x {{n}}' } }] };
  const { items } = await expand(JSON.stringify(recipe, null, '\t'));
  expect(keysOf(items)).toEqual(['1', '2']);
});

test('flags that the recipe decides, and flags for rows that are not there', async () => {
  const folder = folderWith(
    'r.yaml',
    'matrix: { n: [1, 1] }\nsteps: [{ operation: generate/image, fields: { prompt: "{{n}}" } }]\n',
  );
  const flags = ['--operation', 'upscale/image', '--carry', 'a', '--strict-columns', '--format', 'csv', '--set', 'n'];
  const folderFlags = ['--recursive', '--match', '*.png'];
  const { code, stderr } = await run(folder, '--recipe', 'r.yaml', ...flags, ...folderFlags);
  expect(code).toBe(2);
  expect(stderr.trimEnd().split('\n')).toEqual([
    '--operation cannot be given with --recipe: the recipe names the operation',
    '--carry cannot be given with --recipe: every column is returned with the results',
    '--strict-columns cannot be given with --recipe: every column is a variable',
    '--recursive cannot be given with --recipe: it is for a folder',
    '--match cannot be given with --recipe: it is for a folder',
    '--format is for a file of rows',
    '--set is "n"; must be a variable and a value, like colour=green',
    'r.yaml, line 1: matrix.n[1] is the same value as matrix.n[0]; keep one',
  ]);
});

test('plan without rows: duplicates among combinations, and one object with --json', async () => {
  const folder = folderWith('r.yaml', `matrix: { n: { from: 1, to: 5 } }\n${toStep('prompt: "a shoe"')}`);
  const { code, stdout } = await run(folder, '--recipe', 'r.yaml', '--json');
  const plan = JSON.parse(stdout);
  expect([code, plan.valid, plan.duplicates, plan.report]).toEqual([0, 5, 4, null]);
  expect(plan.recipe).toEqual({
    combinations: 5,
    first: [1, 2, 3].map((n) => ({
      key: String(n),
      operation: 'generate/image',
      request: { prompt: 'a shoe' },
      values: { n },
    })),
    longestName: '1',
  });
  expect(plan.warnings.first[0]).toMatchObject({
    line: null,
    problem: 'has the same request as combination 1; both are paid for; --drop-duplicates leaves this one out',
  });
  const text = await run(folder, '--recipe', 'r.yaml');
  expect(text.stdout).toContain('recipe: 5 combinations, 5 items, 4 with the same request as an earlier one\n');
});

/** What GitHub's documentation of `matrix.include` says of its own example. */
test('include works as in GitHub Actions', async () => {
  const matrix = `matrix:
  fruit: [apple, pear]
  animal: [cat, dog]
  include:
    - color: green
    - { color: pink, animal: cat }
    - { fruit: apple, shape: circle }
    - fruit: banana
    - { fruit: banana, animal: cat }
`;
  const { items, combinations } = await expand(matrix + toStep('prompt: x'));
  expect(combinations).toBe(6);
  expect(items.map(({ carried }) => carried)).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'pear', animal: 'dog', color: 'green' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ]);
  expect(keysOf(items).slice(-2)).toEqual(['banana', 'banana-cat']);
});

test('a million combinations are counted by arithmetic', () => {
  const lists = new Map(
    ['a', 'b', 'c'].map((name) => [name, listOf(Array.from({ length: 1_000 }, (_, index) => index))]),
  );
  const began = performance.now();
  expect(countCombinations({ lists, include: [new Map([['a', 'other']])], exclude: [] })).toBe(1_000_000_001);
  expect(performance.now() - began).toBeLessThan(1_000);
});

const NAMES = ['a', 'b', 'constructor', '__proto__'];
const scalar: fc.Arbitrary<Scalar> = fc.constantFrom<Scalar>(1, 2, '1', 'x', true);
const combination: fc.Arbitrary<Combination> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), scalar), { selector: ([name]) => name, minLength: 1 })
  .map((values) => new Map(values));
const matrix: fc.Arbitrary<Matrix> = fc.record({
  lists: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), fc.uniqueArray(scalar, { minLength: 1 }).map(listOf)), {
      selector: ([name]) => name,
    })
    .map((lists) => new Map(lists)),
  include: fc.array(combination, { maxLength: 3 }),
  exclude: fc.array(combination, { maxLength: 3 }),
});

test('combinations: each is distinct, none is excluded, all others are there, and the count is right', () => {
  fc.assert(
    fc.property(matrix, (given) => {
      const { lists, include, exclude } = given;
      const all = [...listCombinations(given)];
      expect(all).toHaveLength(countCombinations(given));
      const isPart = (values: Combination, whole: Combination) =>
        [...values].every(([name, value]) => whole.get(name) === value);
      const originals = [...lists].reduce<Combination[]>(
        (before, [name, { size, at }]) =>
          before.flatMap((values) =>
            Array.from({ length: size }, (_, index) => new Map([...values, [name, at(index)]])),
          ),
        lists.size === 0 && include.length > 0 ? [] : [new Map()],
      );
      const kept = originals.filter((original) => !exclude.some((values) => isPart(values, original)));
      for (const [index, original] of kept.entries()) expect(isPart(original, all[index] ?? new Map())).toBe(true);
      const others = all.slice(kept.length);
      for (const values of others) expect(include).toContain(values);
      for (const values of include.filter((one) => !others.includes(one))) {
        const own = new Map([...values].filter(([name]) => lists.has(name)));
        expect(kept.some((original) => isPart(own, original))).toBe(true);
      }
    }),
  );
});

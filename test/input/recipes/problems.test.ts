/** Recipes that cannot be used: every problem at once, with line and path. */
import { refusal } from './recipe-support';

const STEP = 'steps:\n  - operation: generate/image\n    fields: { prompt: a shoe }\n';
const AT = 'recipe.yaml, line';

/** Each alias names the one before ten times. */
const BOMB = `a: &a [x, x]\n${[...'bcdefghijk'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghij'[index]}`).join(', ')}]`).join('\n')}\n`;

test.each([
  ['nothing', '', ['recipe.yaml must be an object with steps']],
  ['a list', '- a', [`${AT} 1 must be an object with steps`]],
  ['no steps', 'name: x', [`${AT} 1: steps is missing; must be a list of steps`]],
  ['an empty list of steps', 'steps: []', [`${AT} 1: steps is empty; must have a step`]],
  [
    'names that are not known',
    'martix: {}\nsteps:\n  - operatoin: generate/image\n    fields: {}\n',
    [
      `${AT} 3: steps[0].operation is missing; must be the name of an operation`,
      `${AT} 3: steps[0].operatoin is not known; did you mean operation?`,
      `${AT} 1: martix is not known; did you mean matrix?`,
    ],
  ],
  [
    'an operation and a field that do not exist, and a broken template',
    'name: "{{}}"\nsteps:\n  - operation: generate/imag\n    fields: { promt: "a {{ shoe" }\n',
    [
      `${AT} 3: steps[0].operation is "generate/imag"; did you mean generate/image?`,
      `${AT} 4: steps[0].fields.promt has {{ without the name of a variable and }} behind it; write {{{{ for a literal {{`,
      `${AT} 1: name has {{ without the name of a variable and }} behind it; write {{{{ for a literal {{`,
    ],
  ],
  [
    'a field of another operation',
    'steps:\n  - operation: generate/image\n    fields:\n      prompt: a shoe\n      promt: b\n',
    [`${AT} 5: steps[0].fields.promt is not a field of generate/image; did you mean prompt?`],
  ],
  [
    'variables that do not exist',
    'matrix: { colour: [red] }\nsteps:\n  - operation: generate/image\n    fields:\n      prompt: "{{colr}} {{x}}"\n\nname: "{{key}}"\n',
    [
      `${AT} 5: steps[0].fields.prompt uses {{colr}}, which is not in the matrix, and not set; did you mean colour?`,
      `${AT} 5: steps[0].fields.prompt uses {{x}}, which is not in the matrix, and not set; must be one of colour`,
      `${AT} 7: name uses {{key}}, which is not in the matrix, and not set; must be one of colour`,
    ],
  ],
  [
    'a wrong matrix',
    `matrix:\n  colour: red\n  seed: { from: 3, too: 4 }\n  size: []\n  include: { a: 1 }\n${STEP}`,
    [
      `${AT} 5: matrix.include must be a list of combinations, like [{ colour: navy, seed: 3 }]`,
      `${AT} 2: matrix.colour must be a list of texts or numbers, { from: 1, to: 40 } or { file: styles.txt }`,
      `${AT} 3: matrix.seed must be a list of texts or numbers, { from: 1, to: 40 } or { file: styles.txt }`,
      `${AT} 4: matrix.size must be a list of texts or numbers, { from: 1, to: 40 } or { file: styles.txt }`,
    ],
  ],
  [
    'values of a matrix that cannot be meant',
    `matrix:\n  key: [a]\n  seed: { from: 4, to: 3 }\n  colour: [red, navy, red]\n  style: { file: gone.txt }\n  exclude:\n    - colour: navi\n      sed: 3\n    - {}\n${STEP}`,
    [
      `${AT} 3: matrix.seed is from 4 to 3; "from" must not be larger than "to"`,
      `${AT} 5: matrix.style names a file that cannot be used: gone.txt does not exist; check the path`,
      `${AT} 2: matrix.key is the name of a column; must have another name`,
      `${AT} 4: matrix.colour[2] is the same value as matrix.colour[0]; keep one`,
      `${AT} 7: matrix.exclude[0].colour is "navi"; must be a value of matrix.colour`,
      `${AT} 8: matrix.exclude[0].sed is not a variable of the matrix; must be one of key, colour`,
      `${AT} 9: matrix.exclude[1] is empty; must have the values of a combination`,
    ],
  ],
  [
    'too many combinations',
    `matrix: { a: { from: 1, to: 9999999999 } }\n${STEP}`,
    [`${AT} 1: matrix has more than 10000000 combinations; must have fewer`],
  ],
  ['nothing left', `matrix: { a: [1], exclude: [{ a: 1 }] }\n${STEP}`, [`${AT} 1: matrix excludes every combination`]],
  ['a name twice', `name: a\nname: b\n${STEP}`, [`${AT} 2 is not valid YAML: map keys must be unique`]],
  [
    'a tag',
    `name: !!js/function a\n${STEP}`,
    [expect.stringMatching(/^recipe\.yaml, line 1 is not valid YAML: unresolved tag/)],
  ],
  ['no YAML', 'name: "a\n', [expect.stringMatching(/^recipe\.yaml, line \d is not valid YAML: missing closing/)]],
  [
    'an alias of nothing',
    'name: *a\n',
    [expect.stringMatching(/^recipe\.yaml has aliases that cannot be used: unresolved alias/)],
  ],
  [
    'aliases that multiply',
    BOMB,
    [expect.stringMatching(/^recipe\.yaml has aliases that cannot be used: excessive alias count/)],
  ],
  [
    'brackets without end',
    '['.repeat(2_000),
    expect.arrayContaining([expect.stringMatching(/^recipe\.yaml(, line 1)? is (nested too deeply|not valid)/)]),
  ],
  [
    'a large file',
    `#${' '.repeat(100_000)}`,
    [expect.stringMatching(/^recipe\.yaml has more than 100000 bytes; a recipe is a small file/)],
  ],
])('%s', async (_name, recipe, lines) => {
  expect(await refusal(recipe)).toEqual(lines);
});

test('a recipe that is not there, and one that is not text', async () => {
  expect(await refusal(STEP, {}, { rows: 'gone.doc' })).toEqual(['gone.doc does not exist; check the path']);
  expect(await refusal('\ufffe\u0000')).toEqual([expect.stringMatching(/^line 1: recipe\.yaml has a zero byte/)]);
});

test.each([
  [{ colr: 'x' }, 'has "colr", which the recipe does not use; did you mean colour?'],
  [{ key: 'x' }, 'has key; each item must have a key of its own'],
])('--set %j', async (set, problem) => {
  expect(await refusal(`matrix: { colour: [red] }\n${STEP}`, {}, { set })).toEqual([`--set ${problem}`]);
});

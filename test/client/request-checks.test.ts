/** A wrong request is refused before anything starts, with every problem at once and what would be right. */
import { InvalidRequestError } from '../../client';
import { findClosestMatch } from '../../input/requests/closest-match';
import { startProblems } from '../../input/requests/item-options';
import { requestProblems } from '../../input/requests/request-schema';
import { OPERATIONS } from '../../workflows/domain/operations/operations';

const OPERATION = 'generate/image';
const good = { prompt: 'a lighthouse' };
const problems = (request: Record<string, unknown>) =>
  requestProblems(OPERATION, request).map(({ field, problem }) => `${field} ${problem}`);

test('a request with every field right has no problem', () => {
  const full = {
    ...good,
    width: 1,
    height: 1024,
    seed: -1,
    output_format: 'webp',
    num_inference_steps: 50,
    guidance_scale: 7.5,
    enhance_prompt: false,
    palette: ['#0a7cff', '#FFFFFF'],
    logo_url: 'https://example.com/logo.png',
    profile_id: 'p',
    server_id: 's',
  };
  expect(Object.keys(full).sort()).toEqual(Object.keys(OPERATIONS[OPERATION].fields).sort());
  expect(problems(full)).toEqual([]);
});

test.each([
  ['a missing prompt', { prompt: undefined }, /^prompt is missing; must be a text/],
  ['an empty prompt', { prompt: '   ' }, /^prompt is empty; must be a text/],
  ['a width that is too large', { width: 1025 }, /^width is 1025; must be a whole number from 1 to 1024$/],
  ['a width that is no whole number', { width: 1.5 }, /^width is 1.5; must be a whole number/],
  ['a width that is a text', { width: '512' }, /^width is "512"; must be a whole number/],
  ['a height of zero', { height: 0 }, /^height is 0; must be a whole number from 1/],
  ['a seed below -1', { seed: -2 }, /^seed is -2; must be a whole number from -1/],
  ['an unknown format', { output_format: 'bmp' }, /^output_format is "bmp"; must be one of webp, jpeg, png$/],
  ['a flag that is a text', { enhance_prompt: 'yes' }, /^enhance_prompt is "yes"; must be true or false$/],
  ['colours that are none', { palette: ['red'] }, /^palette is \["red"\]; must be a list of colours/],
  ['no colours', { palette: [] }, /^palette is \[\]; must be a list of colours/],
  [
    'an address of a file',
    { logo_url: 'file:///etc/passwd' },
    /^logo_url is .*; must be an address that begins with https/,
  ],
  ['a number that is none', { guidance_scale: Number.NaN }, /^guidance_scale is NaN; must be a number from 0 to 20$/],
])('%s is refused with what would be right', (_name, fields, words) => {
  expect(problems({ ...good, ...fields })).toEqual([expect.stringMatching(words)]);
});

test('every problem is reported at once', () => {
  const found = problems({ width: 0, height: 0, output_format: 'bmp', promt: 'a lighthouse' });
  expect(found.map((problem) => problem.split(' ')[0])).toEqual([
    'prompt',
    'width',
    'height',
    'output_format',
    'promt',
  ]);
});

test.each([
  ['promt', 'prompt'],
  ['Width', 'width'],
  ['output-format', 'output_format'],
  ['guidence_scale', 'guidance_scale'],
  ['OUTPUT-FORMAT', 'output_format'],
])('the unknown field %s is answered with %s, which was probably meant', (field, meant) => {
  expect(problems({ ...good, [field]: 1 })).toEqual([
    `${field} is not a field of this operation; did you mean ${meant}?`,
  ]);
});

test('an unknown field that is near to nothing is answered with the fields that there are', () => {
  expect(problems({ ...good, zzzzzzzzzzzz: 1 })).toEqual([expect.stringContaining('must be one of prompt, width')]);
  expect(findClosestMatch('zzzzzzzzzzzz', ['prompt', 'width'])).toBeNull();
});

test('a wrong prompt is never repeated in the problem', () => {
  const secret = 'a lighthouse '.repeat(1_000);
  expect(problems({ prompt: secret }).join()).not.toContain('lighthouse');
});

test('no text that people write is repeated in a problem, whatever the operation calls it', () => {
  const secret = 'the launch';
  const wrong = { prompt: [secret], negative_prompt: [secret], input_image: 'http:', mask_segment: 7 };
  const found = requestProblems('edit/image', wrong).map(({ field, problem }) => `${field} ${problem}`);
  expect(found).toHaveLength(4);
  expect(found.join()).not.toContain(secret);
  expect(requestProblems('generate/speech', { text: [secret] })[0]?.problem).toMatch(/^is a list; must be a text/);
});

test.each([
  [{ width: 100 }, 'width is 100; must be a multiple of 32 from 32 to 1536'],
  [{ metadata: [] }, 'metadata is []; must be an object'],
  [{ duration_seconds: 11 }, 'duration_seconds is 11; must be a number from 0.1 to 10'],
])('of a video, %j is refused', (fields, problem) => {
  const request = { input_image: 'https://example.com/a.png', ...fields };
  expect(requestProblems('generate/video', request).map((one) => `${one.field} ${one.problem}`)).toEqual([problem]);
  expect(requestProblems('generate/video', { ...request, width: 96, metadata: { a: 1 }, duration_seconds: 1 })).toEqual(
    [],
  );
});

test('an edit takes one picture or a list of pictures', () => {
  const edit = (input_image: unknown) => requestProblems('edit/image', { prompt: 'brighter', input_image });
  expect(edit('https://example.com/a.png')).toEqual([]);
  expect(edit(['https://example.com/a.png', 'https://example.com/b.png'])).toEqual([]);
  for (const wrong of [[], ['a.png'], {}, 7]) {
    expect(edit(wrong)).toEqual([expect.objectContaining({ field: 'input_image' })]);
  }
});

test('a logo needs a prompt or a picture, because each source requires one of them', () => {
  const logo = (request: Record<string, unknown>) => requestProblems('branding/logo/image', request);
  expect(logo({})).toEqual([{ field: 'input_image', problem: 'is missing; a request needs prompt or input_image' }]);
  expect(logo({ prompt: 'a lighthouse' })).toEqual([]);
  expect(logo({ input_image: 'https://example.com/a.png' })).toEqual([]);
});

test('problems of the request, the id and the times come together', () => {
  const options = {
    id: '../x',
    deadlineMs: 0,
    jobTimeBudgetMs: 1.5,
    operation: OPERATION,
    request: { promt: 'x' },
  } as const;
  const fields = startProblems(options).map(({ field }) => field);
  expect(fields).toEqual(['id', 'deadlineMs', 'jobTimeBudgetMs', 'prompt', 'promt']);
});

test('a second payment is allowed only for an id that is run again', () => {
  expect(startProblems({ operation: OPERATION, request: good, allowUnknown: true })).toEqual([
    { field: 'allowUnknown', problem: 'requires again' },
  ]);
  expect(startProblems({ operation: OPERATION, request: good, allowUnknown: true }, (option) => `--${option}`)).toEqual(
    [{ field: 'allowUnknown', problem: 'requires --again' }],
  );
  expect(startProblems({ operation: OPERATION, request: good, allowUnknown: true, again: true })).toEqual([]);
  expect(startProblems({ operation: OPERATION, request: good, allowUnknown: false })).toEqual([]);
});

test('an error of a request reads as one line for each problem', () => {
  const error = new InvalidRequestError(requestProblems(OPERATION, { width: 0 }));
  expect(error.message.split('\n')).toHaveLength(2);
  expect(error.problems).toHaveLength(2);
});

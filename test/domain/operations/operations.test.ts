import type { FieldRule } from '../../../workflows/domain/operations/operations';
import {
  DEFAULT_OPERATION,
  describeField,
  findFieldRule,
  isOperationName,
  listRequiredFields,
  OPERATION_NAMES,
  OPERATIONS,
  type OperationName,
  type OperationRow,
} from '../../../workflows/domain/operations/operations';

const ROWS = Object.entries(OPERATIONS) as readonly (readonly [OperationName, OperationRow])[];
const FIELDS = ROWS.flatMap(([name, { fields }]) =>
  Object.entries(fields).map(([field, rule]): [OperationName, string, FieldRule] => [name, field, rule]),
);

/** As the provider's index of endpoints has them. */
const ENDPOINTS = [
  '/generate/image/v1',
  '/generate/video/v1',
  '/generate/speech/v1',
  '/generate/3d/v1',
  '/edit/image/v1',
  '/background/change/image/v1',
  '/background/remove/image/v1',
  '/upscale/image/v1',
  '/branding/logo/image/v1',
  '/branding/template/image/v1',
  '/identity/faceswap/image/v1',
  '/identity/lock/image/v1',
  '/identity/replace/image/v1',
  '/creator/instamodel/image/v1',
  '/creator/tryon/image/v1',
  '/identity/voice/clone/v1',
];

/** Fields that every source requires. */
const REQUIRED: Readonly<Record<OperationName, readonly string[]>> = {
  'generate/image': ['prompt'],
  'generate/video': ['input_image'],
  'generate/speech': ['text'],
  'generate/3d': ['image_path'],
  'edit/image': ['prompt'],
  'background/change/image': ['prompt'],
  'background/remove/image': ['input_image'],
  'upscale/image': [],
  'branding/logo/image': [],
  'branding/template/image': [],
  'identity/faceswap/image': ['target', 'source'],
  'identity/lock/image': ['prompt'],
  'identity/replace/image': ['prompt'],
  'creator/instamodel/image': ['prompt', 'input_face'],
  'creator/tryon/image': ['person_image', 'clothing_image'],
  'identity/voice/clone': ['text', 'reference_voice_url'],
};

test('each endpoint of the API has a row', () => {
  expect(ROWS.map(([, { path }]) => path).sort()).toEqual([...ENDPOINTS].sort());
});

test('each row is an operation, and the first is the default', () => {
  expect(OPERATION_NAMES[0]).toBe(DEFAULT_OPERATION);
  for (const [name] of ROWS) expect(isOperationName(name)).toBe(true);
});

test.each(['toString', 'constructor', '', '__proto__', 'Generate/Image'])('"%s" is no operation', (name) => {
  expect(isOperationName(name)).toBe(false);
});

test.each(ROWS)('%s has a versioned path that begins with its name', (name, row) => {
  expect(row.path).toMatch(new RegExp(`^/${name}/v\\d+$`));
});

test.each(ROWS)('%s gives a job more time than it usually takes', (_name, row) => {
  expect(row.typicalMs).toBeGreaterThan(0);
  expect(row.jobTimeBudgetMs).toBeGreaterThan(row.typicalMs);
});

test.each(ROWS)('%s has a main field, a description and a place for its results', (_name, row) => {
  expect(Object.keys(row.fields)).toContain(row.main);
  expect(row.about).not.toBe('');
  expect(row.defaultFormat).not.toBe('');
  expect(row.results.map(({ role }) => role)).toContain('result');
  for (const { field, role } of row.results) expect(field).toBe(`${role}_url`);
});

test.each(ROWS)('%s requires what every source requires', (name, row) => {
  expect(listRequiredFields(name)).toEqual(REQUIRED[name]);
  for (const field of row.requiresOneOf ?? []) expect(findFieldRule(name, field)).toBeDefined();
});

test.each(FIELDS)('%s %s is described, with bounds that can be met', (_name, _field, rule) => {
  expect(rule.about).not.toBe('');
  expect(describeField(rule)).not.toContain('undefined');
  if (rule.type === 'integer' || rule.type === 'number') {
    expect(rule.minimum).toBeLessThan(rule.maximum);
    if (rule.multipleOf !== undefined) expect(rule.maximum % rule.multipleOf).toBe(0);
  }
  if ('maximumLength' in rule) expect(rule.maximumLength).toBeGreaterThan(0);
  if (rule.type === 'choice') expect(new Set(rule.choices).size).toBe(rule.choices.length);
});

test.each(FIELDS)('the default of %s %s is one of its values', (_name, _field, rule) => {
  if (rule.default === undefined) return;
  if (rule.type === 'integer' || rule.type === 'number') {
    expect(rule.default).toBeGreaterThanOrEqual(rule.minimum);
    expect(rule.default).toBeLessThanOrEqual(rule.maximum);
    if (rule.multipleOf !== undefined) expect(Number(rule.default) % rule.multipleOf).toBe(0);
  }
  if (rule.type === 'choice') expect(rule.choices).toContain(rule.default);
  if (rule.type === 'flag') expect(typeof rule.default).toBe('boolean');
});

test('texts that people write are private, whatever the operation calls them', () => {
  const writtenByPeople = /prompt$|^text$|description$/;
  const open = FIELDS.filter(
    ([, field, { type, isPrivate }]) => type === 'text' && writtenByPeople.test(field) && !isPrivate,
  );
  expect(open).toEqual([]);
});

test('callers cannot set the address of callbacks, which the product uses itself', () => {
  expect(FIELDS.filter(([, field]) => field === 'callback_url')).toEqual([]);
});

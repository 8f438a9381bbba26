/** Keys are checked with every problem at once, and are never shown. */
import { inspect } from 'node:util';
import { parseEncryptionKeys, readEncryption, readEncryptionKeys } from '../../payloads';
import { parseWorkerSettings } from '../../worker';
import { newKey } from './keys';

const LIST = 'IMAGEPIPELINE_ENCRYPTION_KEYS';
const SINGLE = 'IMAGEPIPELINE_ENCRYPTION_KEY';
const SECRET = newKey('x').slice(2);

function findProblems(env: Readonly<Record<string, string>>): readonly string[] {
  const problems: string[] = [];
  expect(parseEncryptionKeys(env, problems) === null).toBe(problems.length > 0);
  return problems;
}

test.each([[{}], [{ [LIST]: '' }], [{ [LIST]: '  ', [SINGLE]: '' }]])('%j: no encryption', (env) => {
  expect(readEncryptionKeys(env)).toBeNull();
});

test.each([
  [LIST, `a:${SECRET}`, ['a']],
  [SINGLE, `a:${SECRET}`, ['a']],
  [LIST, `new:${SECRET} , old:${SECRET}`, ['new', 'old']],
])('%s is read in its order', (name, value, ids) => {
  expect(readEncryptionKeys({ [name]: value })?.map(({ id }) => id)).toEqual(ids);
});

test.each([
  ['no id', SECRET, 'key 1'],
  ['an empty id', `:${SECRET}`, 'key 1'],
  ['id and key the wrong way round', `${SECRET.replace(/[+/=]/g, 'a')}:main`, 'key 1'],
  ['a second key that is none', `a:${SECRET},b:short`, 'key 2 ("b")'],
  ['a key of 31 bytes', `a:${Buffer.alloc(31, 7).toString('base64')}`, 'key 1 ("a")'],
  ['a key of 33 bytes', `a:${Buffer.alloc(33, 7).toString('base64')}`, 'key 1 ("a")'],
  ['a key in hex', `a:${Buffer.alloc(32, 7).toString('hex')}`, '64 characters'],
  ['a comma too many', `a:${SECRET},`, 'key 2'],
  ['an id twice', `a:${SECRET},b:${SECRET},a:${SECRET}`, 'two keys with the id "a"'],
])('%s is a problem by name, which shows no key', (_what, value, named) => {
  const [problem = '', ...others] = findProblems({ [LIST]: value });
  expect(others).toEqual([]);
  expect(problem).toContain(LIST);
  expect(problem).toContain(named);
  for (const shown of [SECRET, SECRET.slice(0, 12), 'short']) expect(problem).not.toContain(shown);
});

test('every problem is reported at once', () => {
  expect(findProblems({ [LIST]: `${SECRET},b:short,c:${SECRET},c:${SECRET}` })).toHaveLength(3);
  expect(findProblems({ [LIST]: `a:${SECRET}`, [SINGLE]: `b:${SECRET}` })).toEqual([
    expect.stringMatching(`${LIST} and ${SINGLE}`),
  ]);
  expect(() => readEncryptionKeys({ [LIST]: 'x,y' })).toThrow(/key 1.*key 2/s);
});

test('the worker tells them together with its other problems', () => {
  const parse = () => parseWorkerSettings({ [LIST]: 'x', IMAGEPIPELINE_BASE_URL: 'ftp://x' }, '/');
  expect(parse).toThrow(/IMAGEPIPELINE_API_KEY.*IMAGEPIPELINE_BASE_URL.*IMAGEPIPELINE_ENCRYPTION_KEYS/s);
});

test('printed settings show no key', () => {
  const settings = parseWorkerSettings({ IMAGEPIPELINE_API_KEY: 'k', [LIST]: `a:${SECRET}` }, '/');
  const printed = inspect(settings, { depth: 9, showHidden: true }) + JSON.stringify(settings);
  expect(printed).toContain('secret');
  const bytes = Buffer.from(SECRET, 'base64');
  const forms = [SECRET, bytes.toString('hex'), [...bytes].join(','), [...bytes].join(', ')];
  expect(forms.filter((form) => printed.includes(form))).toEqual([]);
});

describe('strictness', () => {
  const KEYS = { [LIST]: newKey('one') };
  const STRICT = 'IMAGEPIPELINE_ENCRYPTION_STRICT';

  test.each([
    [{}, null],
    [KEYS, false],
    [{ ...KEYS, [STRICT]: 'off' }, false],
    [{ ...KEYS, [STRICT]: ' on ' }, true],
  ])('of %j is %s', (env, isStrict) => {
    expect(readEncryption(env)?.isStrict ?? null).toBe(isStrict);
  });

  test.each([
    [{ [STRICT]: 'on' }, /is on, but IMAGEPIPELINE_ENCRYPTION_KEYS is not set/],
    [{ ...KEYS, [STRICT]: 'yes' }, /is "yes"; expected on or off/],
  ])('of %j is refused', (env, words) => {
    expect(() => readEncryption(env)).toThrow(words);
  });
});

/** What a form changes of a request, and where Temporal UI has the history. */
import { listChanges } from '../../gateway/dashboard/app/format/changed-fields';
import { toHistoryLink } from '../../gateway/dashboard/app/format/history-link';
import { toFormValues } from '../../gateway/dashboard/app/format/operation-form';

const REQUEST = { prompt: 'a fox', width: 64, seed: 7, palette: ['#0a7cff', '#ffffff'], enhance_prompt: true };
const before = toFormValues('generate/image', REQUEST);
const filled = (values: Readonly<Record<string, string>>) =>
  new Map([...before, ...Object.entries(values).map(([name, text]) => [name, { text, files: [] }] as const)]);

test.each([
  ['nothing', {}, {}],
  ['the same in other words', { palette: '#0a7cff,#ffffff', width: '64.0' }, {}],
  ['a number', { width: '128' }, { width: 128 }],
  ['a field that was emptied', { seed: ' ' }, { seed: null }],
  ['a field that is new', { height: '32' }, { height: 32 }],
  ['what cannot be read', { width: 'wide', enhance_prompt: 'false' }, { width: 'wide', enhance_prompt: false }],
])('%s is changed', (_what, values, changes) => {
  expect(listChanges('generate/image', before, filled(values))).toEqual(changes);
});

test('an id with a slash is one part of the address of its history', () => {
  const ui = { address: 'http://127.0.0.1:8233', namespace: 'a b' };
  expect(toHistoryLink(ui, 'spring/page-000000')).toBe(
    'http://127.0.0.1:8233/namespaces/a%20b/workflows/spring%2Fpage-000000',
  );
});

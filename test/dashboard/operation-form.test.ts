/** The form of an operation: its fields, and what becomes of what is filled in. */
import {
  describeFormField,
  type FormValues,
  listFormFields,
  sortProblems,
  toFormValues,
  toRequest,
} from '../../gateway/dashboard/app/format/operation-form';
import { REMOTE_INPUTS } from '../../input/requests/input-reference';
import { requestProblems } from '../../input/requests/request-schema';
import {
  type FieldRule,
  findFieldRule,
  getOperationRow,
  OPERATION_NAMES,
} from '../../workflows/domain/operations/operations';

const fill = (texts: Readonly<Record<string, string>>): FormValues<never> =>
  new Map(Object.entries(texts).map(([name, text]) => [name, { text, files: [] }]));

/** A valid value of each type. */
function toExample(rule: FieldRule): unknown {
  switch (rule.type) {
    case 'integer':
    case 'number':
      return rule.minimum;
    case 'text':
      return 'a fox, "quoted" <b>';
    case 'texts':
      return ['one', 'two'];
    case 'url':
      return 'https://example.com/a.png';
    case 'urls':
      return ['https://example.com/a.png', 'https://example.com/b.png'];
    case 'choice':
      return rule.choices[0];
    case 'flag':
      return false;
    case 'colour':
      return '#0a7cff';
    case 'colours':
      return ['#0a7cff', '#ffffff'];
    case 'object':
      return { a: [1, 'b'] };
  }
}

test.each(OPERATION_NAMES)(
  '%s: every field survives the form, and the API accepts what the form makes',
  (operation) => {
    const { fields } = getOperationRow(operation);
    const request = Object.fromEntries(Object.entries(fields).map(([name, rule]) => [name, toExample(rule)]));
    const made = toRequest(operation, toFormValues(operation, request));
    expect(made.request).toEqual(request);
    expect(made.parts.size).toBe(0);
    expect(requestProblems(operation, made.request, REMOTE_INPUTS)).toEqual([]);
    expect(
      listFormFields(operation)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(fields).sort());
  },
);

test('what the request needs is shown at once; a field that is given in another way is not shown', () => {
  const shown = listFormFields('background/change/image').filter(({ isMain }) => isMain);
  expect(shown.map(({ name, isRequired }) => [name, isRequired])).toEqual([
    ['prompt', true],
    ['input_image', false],
  ]);
  const names = listFormFields('background/remove/image', ['input_image']).map(({ name }) => name);
  expect(names).not.toContain('input_image');
  expect(names).toContain('recolor');
});

test('empty fields are left out, and what cannot be read is sent for the API to name', () => {
  const { request } = toRequest('generate/video', fill({ prompt: ' ', seed: '7', width: 'wide', metadata: '{a' }));
  expect(request).toEqual({ seed: 7, width: 'wide', metadata: '{a' });
  expect(toRequest('generate/image', fill({ enhance_prompt: 'true', palette: '#0a7cff #ffffff' })).request).toEqual({
    enhance_prompt: true,
    palette: ['#0a7cff', '#ffffff'],
  });
});

test('pictures become parts of the form, before addresses', () => {
  const [one, two] = [{ name: '"><img src=x>.png' }, { name: '../b.png' }];
  const values = new Map([['input_image', { text: 'https://example.com/c.png', files: [one, two] }]]);
  const { request, parts } = toRequest('edit/image', values);
  expect(request).toEqual({ input_image: ['part:input_image-1', 'part:input_image-2', 'https://example.com/c.png'] });
  // Names of files are in no name of a part.
  expect([...parts]).toEqual([
    ['input_image-1', one],
    ['input_image-2', two],
  ]);
  const single = toRequest('edit/image', new Map([['input_image', { text: '', files: [one] }]]));
  expect(single.request).toEqual({ input_image: 'part:input_image-1' });
});

test('the help says what a field is, its default, and what is allowed', () => {
  const describe = (field: string) =>
    describeFormField(findFieldRule('generate/video', field) ?? { type: 'flag', about: '' });
  expect(describe('width')).toBe('pixels; default 896; 32 to 1536, a multiple of 32');
  expect(describe('seed')).toBe('the same seed draws the same; -1 is random; default 42; from -1');
});

test('problems are shown at their fields; others are listed', () => {
  const { byField, others } = sortProblems('generate/image', [
    { field: 'request.width', problem: 'is 0' },
    { field: 'width', problem: 'is too small' },
    { field: 'constructor', problem: 'is unknown' },
    { problem: 'the body is empty' },
  ]);
  expect([...byField]).toEqual([['width', 'is 0; is too small']]);
  expect(others).toEqual(['constructor is unknown', 'the body is empty']);
});

import {
  DEFAULT_OPERATION,
  getOperationRow,
  isOperationName,
  OPERATION_NAMES,
  type OperationRow,
} from '../../../workflows/domain/operations/operations';

const ROWS: readonly (readonly [string, OperationRow])[] = OPERATION_NAMES.map((name) => [name, getOperationRow(name)]);

test('the default operation is one of the operations', () => {
  expect(OPERATION_NAMES).toContain(DEFAULT_OPERATION);
});

test.each(['toString', 'constructor', '', 'generate/video', 'Generate/Image'])('"%s" is no operation', (name) => {
  expect(isOperationName(name)).toBe(false);
});

test.each(ROWS)('%s has a versioned path that begins with its name', (name, row) => {
  expect(row.path).toMatch(new RegExp(`^/${name}/v\\d+$`));
});

test.each(ROWS)('%s gives a job more time than it takes as a rule', (_name, row) => {
  expect(row.typicalMs).toBeGreaterThan(0);
  expect(row.jobTimeBudgetMs).toBeGreaterThan(row.typicalMs);
});

test.each(ROWS)('%s needs a prompt, and describes every field with bounds that can be met', (_name, row) => {
  expect(row.fields['prompt']).toMatchObject({ type: 'text', required: true });
  for (const rule of Object.values(row.fields)) {
    expect(rule.about).not.toBe('');
    if (rule.type === 'integer' || rule.type === 'number') expect(rule.minimum).toBeLessThan(rule.maximum);
    if (rule.type === 'text' || rule.type === 'url') expect(rule.maximumLength).toBeGreaterThan(0);
    if (rule.type === 'choice') expect(new Set(rule.choices).size).toBe(rule.choices.length);
  }
});

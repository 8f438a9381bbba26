/** A schema and the check of a workflow accept the same inputs, but for what a schema cannot say. */
import Ajv from 'ajv';
import fc from 'fast-check';
import { checkItem } from '../../../nexus/check-input';
import {
  BATCH_ROWS_INPUT_CHECKS,
  findChangeProblems,
  findInputProblems,
  findSourceProblems,
  ITEM_INPUT_CHECKS,
} from '../../../workflows/domain/batch/input-checks';
import { INPUT_SCHEMAS } from '../../../workflows/domain/batch/input-schemas';
import { CANCEL_CHECKS, RUN_BATCH_CHECKS, STATUS_CHECKS } from '../../../workflows/domain/batch/nexus-checks';

type Input = Readonly<Record<string, unknown>>;
type SchemaName = keyof typeof INPUT_SCHEMAS;

function fails(work: () => void): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

/** Whether the product refuses an input, by the name of its schema. */
const REFUSES: Readonly<Record<SchemaName, (input: Input) => boolean>> = {
  'imagePipelineItem.input': (input) =>
    [...findInputProblems(ITEM_INPUT_CHECKS, input), ...findSourceProblems(input)].length > 0,
  'imagePipelineBatch.input': (input) => findInputProblems(BATCH_ROWS_INPUT_CHECKS, input).length > 0,
  // A change of nothing is refused by the batch alone.
  'imagePipelineBatch.set.input': (input) => findChangeProblems({ weight: 1, ...input }, true).length > 0,
  'nexus.runItem.input': (input) => fails(() => checkItem(input)),
  'nexus.runBatch.input': (input) => findInputProblems(RUN_BATCH_CHECKS, input).length > 0,
  'nexus.cancel.input': (input) => findInputProblems(CANCEL_CHECKS, input).length > 0,
  'nexus.status.input': (input) => findInputProblems(STATUS_CHECKS, input).length > 0,
};

const ODD = [null, true, 'yes', '', -1, 0, 1, 2.5, 1e12, [], {}, ['a'], { a: 1 }];
const IDS = [
  'a',
  'A.b-c_1',
  'x'.repeat(128),
  'x'.repeat(129),
  '.a',
  '-a',
  'a.',
  'nul',
  'COM1.png',
  'com10',
  'a/b',
  'ä',
];
const REQUEST = { prompt: 'x' };
const STEP = { id: 'base', operation: 'generate/image', request: REQUEST };
const ROW = { key: 'a', request: REQUEST };
const MANY_ROWS = Array.from({ length: 251 }, (_, index) => ({ ...ROW, key: `k${index}` }));

/** By field: values near the border between good and bad. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  id: IDS,
  account: IDS,
  operation: ['generate/image', 'generate/picture'],
  steps: [[STEP], [STEP, { ...STEP, id: 'b' }], [{ ...STEP, id: '1' }], [{ ...STEP, id: 'nul' }], [{ id: 'a' }]],
  keep: [['base'], [1], 'base'],
  values: [{ colour: 'red' }],
  jobId: ['job_1'],
  supersedes: ['*'],
  deadlineMs: [1, 2_073_600_000, 2_073_600_001, '1'],
  notify: ['https://example.com/hook', 'ftp://example.com', `https://example.com/${'x'.repeat(2_000)}`],
  notifyFailures: ['5%', 5],
  rows: [
    [ROW],
    [ROW, { ...ROW, key: 'b', operation: 'upscale/image' }],
    [{ ...ROW, key: '../a' }],
    [{ key: 'a' }],
    MANY_ROWS,
  ],
  items: [{ deadlineMs: 5 }, { deadline: 5 }, { deadlineMs: 0 }],
  concurrency: [10_000, 10_001],
  weight: [0.1, 1_000, 0.09, 1_001],
  prices: [{ 'generate/image': 0.04 }, { 'generate/picture': 1 }, { 'generate/image': -1 }],
  budget: [
    { submissions: 5, cost: null, duplicates: 0 },
    { duplicates: null },
    { submission: 5 },
    { submissions: 1.5 },
  ],
  startAt: ['2026-12-01T02:00:00Z', '2026-13-01T02:00:00Z'],
  maxFailures: ['12', '5%', '100%', '100.5%', '101%', '2.5', '2.0', '5.5%', '-1'],
  onTooManyFailures: ['pause', 'cancel', 'stop'],
};

/** The fields of a request are described by the OpenAPI document, so it has the same values everywhere. */
const withValues = (name: string) =>
  fc.constantFrom(...(name === 'request' ? [REQUEST, 'x', []] : [...(VALUES[name] ?? []), ...ODD]));

/** What is required, mostly, and up to three more fields, of which one is in no schema. */
function inputs(file: SchemaName) {
  const names = [...Object.keys(INPUT_SCHEMAS[file]['properties'] as Input), 'unknown'];
  const required = Object.entries({ id: 'a', rows: [ROW], request: REQUEST }).filter(([name]) => names.includes(name));
  const some = fc.subarray(names, { maxLength: Math.min(3, names.length) }).chain((chosen) => {
    return fc.record(Object.fromEntries(chosen.map((name) => [name, withValues(name)])));
  });
  const base = fc.subarray(required, { minLength: Math.max(0, required.length - 1) });
  return fc.tuple(base, some).map(([given, more]): Input => ({ ...Object.fromEntries(given), ...more }));
}

test.each(Object.keys(INPUT_SCHEMAS) as readonly SchemaName[])('%s', (file) => {
  const isValid = new Ajv({ strict: false, validateFormats: false }).compile(INPUT_SCHEMAS[file]);
  const counts = { good: 0, bad: 0 };
  fc.assert(
    fc.property(inputs(file), (input) => {
      const isRefused = REFUSES[file](input);
      counts[isRefused ? 'bad' : 'good'] += 1;
      expect({ input, isValid: isValid(input) }).toEqual({ input, isValid: !isRefused });
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(counts.good, counts.bad)).toBeGreaterThan(10);
});

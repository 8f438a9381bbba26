/** What is wrong with the input of a workflow: every problem, by its place. */
import {
  BATCH_INPUT_CHECKS,
  findInputProblems,
  GOVERNOR_INPUT_CHECKS,
  ITEM_INPUT_CHECKS,
  PAGE_INPUT_CHECKS,
} from '../../../workflows/domain/batch/input-checks';
import { EMPTY_TALLY } from '../../../workflows/domain/batch/tally';

const HOUR = 3_600_000;
const BATCH = { parts: [2, 1], rowsHash: 'a0', items: { deadlineMs: HOUR } };
const PAGE = {
  batchRun: 'r',
  batchId: 'b',
  part: 0,
  rowsHash: 'a0',
  items: { deadlineMs: HOUR },
  prices: {},
  workflowPerImage: false,
  grant: {
    number: 0,
    permits: 1,
    stop: false,
    allowance: { submissions: null, cost: null, duplicates: 0 },
    spacingMs: null,
    restUntil: null,
    paceChange: 0,
    reportAfter: null,
    answersLost: false,
    probe: false,
  },
  previousRun: null,
};

const listFields = (checks: Parameters<typeof findInputProblems>[0], input: unknown) =>
  findInputProblems(checks, input).map(({ field }) => field);

test('what our own client sends has no problem', () => {
  const saturated = {
    ...BATCH,
    store: { identity: 'i', address: '/a' },
    firstPart: 3,
    base: EMPTY_TALLY,
    skipped: 0,
    account: 'default',
    workflowPerImage: true,
    concurrency: null,
    weight: 1,
    prices: { 'generate/image': 0.1 },
    budget: { submissions: 5, cost: null, duplicates: 0 },
    maxFailures: '5%',
    onTooManyFailures: 'pause',
    deadlineMs: HOUR,
    patienceMs: 1_000,
  };
  expect(findInputProblems(BATCH_INPUT_CHECKS, saturated)).toEqual([]);
  expect(findInputProblems(BATCH_INPUT_CHECKS, { ...BATCH, firstPart: undefined })).toEqual([]);
  expect(findInputProblems(PAGE_INPUT_CHECKS, PAGE)).toEqual([]);
  expect(findInputProblems(GOVERNOR_INPUT_CHECKS, { account: 'default', bounds: { maxRate: 2 } })).toEqual([]);
  expect(findInputProblems(ITEM_INPUT_CHECKS, { request: {} })).toEqual([]);
});

test.each([undefined, null, 'text', 5, [BATCH]])('%p is no input', (input) => {
  expect(listFields(BATCH_INPUT_CHECKS, input)).toEqual(['the input']);
});

test.each([
  [{ parts: [] }, ['parts']],
  [{ parts: [1, 0] }, ['parts']],
  [{ parts: ['1'] }, ['parts']],
  [{ rowsHash: '../x' }, ['rowsHash']],
  [{ items: [] }, ['items']],
  [{ items: { deadlineMs: Number.NaN, other: 1 } }, ['items.deadlineMs', 'items.other']],
  [{ store: { identity: '' } }, ['store.identity', 'store.address']],
  [
    { base: { ...EMPTY_TALLY, counts: { waiting: 1.5 } } },
    expect.arrayContaining(['base.counts.waiting', 'base.counts.running']),
  ],
  [{ account: '__proto__x/' }, ['account']],
  [{ concurrency: 0, weight: 0, budget: 5, maxFailures: 'many' }, ['concurrency', 'weight', 'budget', 'maxFailures']],
  [{ workflowPerImage: 'yes', skipped: -1, firstPart: 0.5 }, ['firstPart', 'skipped', 'workflowPerImage']],
  [{ constructor: 1, toString: 2 }, ['constructor', 'toString']],
])('a batch with %j', (change, fields) => {
  const found = listFields(BATCH_INPUT_CHECKS, { ...BATCH, ...change });
  expect([...found].sort()).toEqual(Array.isArray(fields) ? [...fields].sort() : fields);
});

test('a page needs a whole grant', () => {
  const grant = { ...PAGE.grant, permits: '3', allowance: {} };
  expect(listFields(PAGE_INPUT_CHECKS, { ...PAGE, grant })).toEqual([
    'grant.permits',
    'grant.allowance.submissions',
    'grant.allowance.cost',
    'grant.allowance.duplicates',
  ]);
});

test('an unknown field of an item is answered with those that a caller may pass', () => {
  const [problem] = findInputProblems(ITEM_INPUT_CHECKS, { request: { prompt: 'x' }, waitWhileHold: true });
  expect(problem).toMatchObject({ field: 'waitWhileHold', problem: expect.stringContaining('waitWhileHeld') });
  expect(problem?.problem).not.toMatch(/carried|supersede|jobId/);
});

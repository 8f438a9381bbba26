/** What a page carries into its next run, at its largest: Temporal refuses payloads of more than 2 MB. */
import { randomUUID } from 'node:crypto';
import { PAGE_SIZE } from '../../../workflows/domain/base/defaults';
import { PageItems } from '../../../workflows/domain/batch/page-items';
import { EMPTY_TALLY } from '../../../workflows/domain/batch/tally';
import { FAILURE_CODES } from '../../../workflows/domain/failures/failures';
import { MAX_SUBMISSIONS } from '../../../workflows/domain/failures/policies';
import type { Submission } from '../../../workflows/domain/item/item';
import { type ItemRecord, NEW_RECORD, toProgress } from '../../../workflows/domain/item/item-record';
import { NO_PACING } from '../../../workflows/domain/leases/lease';
import { NO_BUDGET, NOTHING_SPENT } from '../../../workflows/domain/money/spending';
import { CallbackInbox } from '../../../workflows/item/callback-inbox';
import type { PageInput } from '../../../workflows/messages';

jest.mock('@temporalio/workflow', () => ({ condition: jest.fn() }));

const MB = 1_000_000;
const MAX_KEY = 'k'.repeat(124);
/** What a submission may be refused for and be sent again. */
const REFUSALS = Object.fromEntries(
  ['RATE_LIMIT_EXCEEDED', 'CONCURRENT_JOBS_EXCEEDED', 'UNAUTHENTICATED', 'PROVIDER_UNREACHABLE'].map((code) => [
    code,
    100,
  ]),
);
const COUNTS = Object.fromEntries(FAILURE_CODES.map((code) => [code, 1_000]));
const MAX_CODE = [...FAILURE_CODES].sort((left, right) => right.length - left.length)[0] ?? '';

interface Words {
  readonly jobId: string;
  readonly code: string;
}

function fullRecord({ jobId, code }: Words): ItemRecord {
  const refusals = { RATE_LIMIT_EXCEEDED: 100, CONCURRENT_JOBS_EXCEEDED: 100 };
  const submissions = Array.from({ length: MAX_SUBMISSIONS }, (_, index): Submission => {
    return { number: index + 1, jobId, code, message: 'm'.repeat(400), refusals, charge: null };
  });
  const times = { deadlineAt: Date.now(), retryAt: Date.now(), callbackDeadline: Date.now() };
  const pendingJob = { jobId, acceptedAt: Date.now(), estimatedMs: 1_000, usualMs: 1_000, refusals };
  return { ...NEW_RECORD, submissions, met: COUNTS, refused: REFUSALS, ...times, pendingJob };
}

/** An item that is at its last step of five: a page has as many steps as it has items otherwise. */
const STEPS = 5;

function fullSteps(words: Words): ItemRecord {
  const record = fullRecord(words);
  const known = { sha256: 'a'.repeat(64), bytes: 10_000_000, mimeType: 'image/png', width: 4_096, height: 4_096 };
  const toFile = (role: string) => ({ role, file: `/${'f'.repeat(200)}~step.${role}.png`, ...known, verified: true });
  const files = [toFile('result'), toFile('cutout')];
  const finished = Array.from({ length: STEPS - 1 }, (_, index) => {
    return { id: `step-${index}`, submissions: record.submissions, files };
  });
  return { ...record, finished };
}

function measureSize(words: Words, items = PAGE_SIZE, toRecord = fullRecord): number {
  const board = new PageItems(EMPTY_TALLY);
  const run = randomUUID();
  const callbacks = new CallbackInbox(run);
  const newest = new Map<string, number>();
  for (let number = 0; number < items; number += 1) {
    const key = `${MAX_KEY}${1_000 + number}`;
    const record = toRecord(words);
    board.add(key, record, [{ operation: 'generate/image', price: 1 }]);
    board.change(key, toProgress(record, 'retrying', null), record);
    newest.set(key, record.submissions.length);
    for (let submission = 1; submission <= MAX_SUBMISSIONS; submission += 1) {
      callbacks.receive({ run, key, submission, jobId: 'j'.repeat(200), status: 'completed' });
    }
  }
  const carried = {
    tally: EMPTY_TALLY,
    records: board.records(),
    callbacks: callbacks.toCarried(newest),
    sequence: 1,
    spent: NOTHING_SPENT,
  };
  const input: PageInput = {
    batchRun: run,
    batchId: MAX_KEY,
    account: 'default',
    part: 999_999,
    rowsHash: 'a'.repeat(64),
    grant: { number: 1, permits: PAGE_SIZE, stop: false, allowance: NO_BUDGET, ...NO_PACING },
    previousRun: null,
    items: { deadlineMs: 1 },
    prices: {},
    workflowPerImage: false,
    carried,
  };
  return JSON.stringify(input).length;
}

test('with ids and codes as the provider has them it stays far below the limit', () => {
  expect(measureSize({ jobId: randomUUID(), code: MAX_CODE })).toBeLessThan(1.3 * MB);
});

test('with ids and codes of nearly any length it stays below the limit', () => {
  expect(measureSize({ jobId: 'j'.repeat(100), code: 'C'.repeat(64) })).toBeLessThan(2 * MB);
});

test('with steps it stays far below the limit, too', () => {
  const words = { jobId: randomUUID(), code: MAX_CODE };
  expect(measureSize(words, PAGE_SIZE / STEPS, fullSteps)).toBeLessThan(1.3 * MB);
});

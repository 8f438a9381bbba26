/** A thousand items that meet every failure code, the whole way: what is told is what happened. */

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidRequestError } from '../../client';
import type { BatchStatus } from '../../client/batches/batch-status';
import { PROVIDER_FAILURE_CODES } from '../../workflows/domain/failures/failures';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { hashOf } from '../support/hash-of';
import { readable, readHistory } from '../support/history';
import { ON_POSTGRES } from '../support/on-postgres';
import { type Rig, startRig } from '../support/rig';
import {
  formatKey,
  formatRowPrompt,
  jobsByKey,
  listResults,
  pickCounts,
  ROWS_HASH,
  scriptFor,
  startBatch,
  sumOfCounts,
} from './batch-fixtures';

// A server that writes to disk does a few items a second where the machine has other things to do.
if (ON_POSTGRES) jest.setTimeout(600_000);

const ID = 'thousand';
const ITEMS = 1_000;
const PAGES = 4;
const CONCURRENCY = 40;
/** Long enough for jobs to be in flight together, at the pace of the server. */
const JOB_MS = ON_POSTGRES ? 1_500 : 20;
const OF_EACH = 4;

interface Kind {
  /** Written behind the prompt. */
  readonly asking: string;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | 'unknown';
  readonly code?: string;
  /** Jobs that the provider accepts for one item. */
  readonly jobs: number;
  /** POSTs that the item's line tells of. */
  readonly submissions: number;
}

const failed = (code: string, jobs: number, submissions = jobs): Kind => {
  return { asking: `{{${code}}}`, outcome: 'failed', code, jobs, submissions };
};

/** One for each code, and one for each way in which an item can come through or be lost. */
const KINDS: readonly Kind[] = [
  { asking: '{{MODEL_ERROR x1}}', outcome: 'succeeded', jobs: 2, submissions: 2 },
  { asking: '{{INSUFFICIENT_CREDITS x1}}', outcome: 'succeeded', jobs: 1, submissions: 1 },
  { asking: '{{CREDIT_CHARGE_FAILED x1}}', outcome: 'succeeded', jobs: 2, submissions: 2 },
  failed('INPUT_INVALID', 1),
  failed('MODEL_ERROR', 4),
  failed('MODEL_UNAVAILABLE', 9),
  failed('STORAGE_ERROR', 5),
  failed('TIMEOUT', 3),
  failed('INTERNAL_ERROR', 6),
  { asking: '{{CANCELLED}}', outcome: 'cancelled', code: 'CANCELLED', jobs: 1, submissions: 1 },
  { asking: 'unlisted', outcome: 'failed', code: 'GPU_ON_FIRE', jobs: 1, submissions: 1 },
  { asking: 'locked out', outcome: 'succeeded', jobs: 1, submissions: 1 },
  { asking: 'quoted', outcome: 'failed', code: 'INPUT_INVALID', jobs: 1, submissions: 1 },
  { asking: 'lost', outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', jobs: 1, submissions: 1 },
];
/** These cut the pace of all that come after them, so they come last. */
const AT_THE_END: readonly Kind[] = [
  { asking: '{{CONCURRENT_JOBS_EXCEEDED x2}}', outcome: 'succeeded', jobs: 1, submissions: 1 },
  { asking: '{{RATE_LIMIT_EXCEEDED x2}}', outcome: 'succeeded', jobs: 1, submissions: 1 },
];
const WELL: Kind = { asking: '', outcome: 'succeeded', jobs: 1, submissions: 1 };

/** Spread over all pages: every sixth item, as long as there are kinds left. */
function findKind(number: number): Kind {
  const late = AT_THE_END[number - (ITEMS - AT_THE_END.length)];
  if (late !== undefined) return late;
  const nth = Math.floor(number / 6);
  return number % 6 === 0 && nth < KINDS.length * OF_EACH ? (KINDS[nth % KINDS.length] ?? WELL) : WELL;
}

const KEYS = Array.from({ length: ITEMS }, (_, number) => formatKey(number));
const kindOfKey = (key: string) => findKind(KEYS.indexOf(key));

let rig: Rig;
let last: BatchStatus;
let lines: readonly ItemResultRow[];
const seen: BatchStatus[] = [];

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: JOB_MS, sigma: 0.3 } } });
  rig.emulator.script({ match: { promptIncludes: 'unlisted' }, then: { failJob: 'GPU_ON_FIRE', jobMs: 0 } });
  const body = { error_code: 'UNAUTHENTICATED', message: `no such key: ${rig.emulator.apiKey}` };
  for (const key of KEYS.filter((each) => kindOfKey(each).asking === 'locked out')) {
    scriptFor(rig, ID, key, { status: 401, body }, 1);
  }
  for (const key of KEYS.filter((each) => kindOfKey(each).asking === 'quoted')) {
    const message = `"${formatRowPrompt(ID, key)} quoted" is not allowed`;
    scriptFor(rig, ID, key, { failJob: 'INPUT_INVALID', message, jobMs: 0 });
  }
  rig.emulator.script({ match: { promptIncludes: 'lost' }, then: { on: 'submit', fault: 'reset-after-accept' } });
  rig.emulator.script({ match: { promptIncludes: 'lost' }, then: { jobMs: 0 } });
  const asking = (number: number) => findKind(number).asking;
  const batch = await startBatch(rig, ID, ITEMS, { asking, concurrency: CONCURRENCY });
  const ended = batch.result();
  while ((seen.at(-1)?.finishedAt ?? null) === null) {
    const status = await batch.status();
    seen.push(status);
    // Somebody who tops up credits and mends the key whenever they are what holds the account.
    if (status.pausedBy === 'account') await rig.client.account().resume();
    await sleep(50);
  }
  last = await ended;
  lines = await listResults(rig, ID);
});
afterAll(() => rig.close());

test('every published code is among what is scripted', () => {
  const scripted = [...KINDS, ...AT_THE_END].map(({ asking }) => /[A-Z_]{3,}/.exec(asking)?.[0]);
  expect(PROVIDER_FAILURE_CODES.filter((code) => !scripted.includes(code))).toEqual([]);
});

test('the counts by outcome and by code are exactly those that were scripted', () => {
  const failures: Record<string, number> = {};
  const counts: Record<string, number> = {};
  for (const { outcome, code } of KEYS.map(kindOfKey)) {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if ((outcome === 'failed' || outcome === 'unknown') && code !== undefined)
      failures[code] = (failures[code] ?? 0) + 1;
  }
  expect(pickCounts(last)).toEqual(counts);
  expect(last.failures).toEqual(failures);
  expect(last).toMatchObject({ state: 'completed', reason: null, counts: { total: ITEMS, skipped: 0 } });
});

test('the counts add up to the total at every look, ended items hardly ever become fewer, and it was looked at while it ran', () => {
  expect(seen.filter((status) => sumOfCounts(status) !== ITEMS)).toEqual([]);
  const ended = seen.map(({ counts }) => counts.succeeded + counts.failed + counts.unknown + counts.cancelled);
  // A page that is too busy to answer is told of as the coordinator knows it, which is a few seconds behind.
  const falls = ended.filter((count, look) => count < (ended[look - 1] ?? 0));
  expect(falls.length).toBeLessThanOrEqual(ended.length / 20);
  expect(new Set(ended).size).toBeGreaterThan(5);
});

test('every item has one line in the order of the file, with the outcome, code and submissions that were scripted', () => {
  expect(lines.map(({ key }) => key)).toEqual(KEYS);
  const told = lines.map(({ outcome, code, submissions }) => ({ outcome, code, submissions: submissions.length }));
  expect(told).toEqual(
    KEYS.map(kindOfKey).map(({ outcome, code = null, submissions }) => ({ outcome, code, submissions })),
  );
  expect(last.submissions).toBe(lines.reduce((sum, { submissions }) => sum + submissions.length, 0));
});

test('every file is the one that the provider served for that job, byte for byte', async () => {
  const served = new Map(rig.emulator.ledger().jobs.map((job) => [job.jobId, job.resultSha256]));
  const made = lines.filter(({ outcome }) => outcome === 'succeeded');
  for (const { file, sha256, bytes, jobId, mimeType, width, height } of made) {
    const content = await readFile(file ?? '');
    const own = hashOf(content);
    expect([sha256, own]).toEqual([served.get(jobId ?? ''), sha256]);
    expect({ bytes, mimeType, width, height }).toEqual({
      bytes: content.length,
      mimeType: 'image/png',
      width: 32,
      height: 32,
    });
  }
  expect(new Set(made.map(({ file }) => file)).size).toBe(made.length);
});

test('the provider accepted the jobs that were scripted, and charged one for each item that succeeded', () => {
  const jobs = jobsByKey(rig, ID);
  const told = KEYS.map((key) => jobs.get(key)?.length ?? 0);
  expect(told).toEqual(KEYS.map((key) => kindOfKey(key).jobs));
  const charged = KEYS.map((key) => (jobs.get(key) ?? []).filter((job) => job.charged).length);
  expect(charged).toEqual(KEYS.map((key) => (['succeeded', 'unknown'].includes(kindOfKey(key).outcome) ? 1 : 0)));
});

test('no more jobs were in flight than was allowed, and many at once', () => {
  const { maxInFlight } = rig.emulator.ledger();
  expect(maxInFlight).toBeLessThanOrEqual(CONCURRENCY);
  // Jobs are short, so that how many overlap is a matter of the machine's pace.
  expect(maxInFlight).toBeGreaterThan(CONCURRENCY / 10);
});

test('no prompt, key or signed address is in any history of the batch, and every history is short', async () => {
  const ids = [ID, ...Array.from({ length: PAGES }, (_, part) => `${ID}/page-${String(part).padStart(6, '0')}`)];
  for (const id of ids) {
    const history = await readHistory(rig, id);
    const text = readable(history);
    const secrets = ['a picture of', rig.emulator.apiKey, 'signature=', '/results/'];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(history.events?.length).toBeLessThan(10_000);
  }
});

test('no prompt, key or signed address is in any line of the results', () => {
  const text = JSON.stringify(lines);
  const secrets = ['a picture of', rig.emulator.apiKey, 'signature='];
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
});

test('the same batch again is found and not run again', async () => {
  const before = rig.emulator.ledger().submits;
  const again = await startBatch(rig, ID, ITEMS, { asking: (number) => findKind(number).asking });
  expect(again.alreadyStarted).toBe(true);
  expect(await again.result()).toEqual(last);
  expect(rig.emulator.ledger().submits).toBe(before);
});

test('other rows under the same id are refused', async () => {
  const input = { parts: [1], rowsHash: ROWS_HASH, concurrency: 1, items: { deadlineMs: 1_000 } };
  const other = rig.client.startPlanned(ID, input, 'hash of other rows');
  await expect(other).rejects.toThrow(InvalidRequestError);
  await expect(other).rejects.toThrow('used for a batch of other rows');
});

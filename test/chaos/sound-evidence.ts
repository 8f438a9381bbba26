/** Evidence of a run in which every law held, for tests to plant violations in. */
import { createHash } from 'node:crypto';
import {
  type Evidence,
  formatPrompt,
  formatSinglePrompt,
  formatKey as keyOfItem,
  type SingleEvidence,
} from '../../bench/chaos/evidence';
import { makePlan, type Plan } from '../../bench/chaos/plan';
import type { PlannedSingle } from '../../bench/chaos/plan-singles';
import type { BatchStatus } from '../../client/batches/batch-status';
import type { LedgerEntry, PostRecord, UploadRecord } from '../../emulator';
import type { ItemReport, ItemResultRow } from '../../workflows/domain/item/item';

export const ITEMS = 4;

/** Of the item with this number; the last one's reply was dropped, so that it is unknown. */
const UNKNOWN_ITEM = ITEMS - 1;

export const SINGLE: PlannedSingle = {
  id: 'o1',
  when: 'during',
  accepted: 1,
  waits: false,
  trouble: null,
  times: 1,
  fate: null,
  isRunAgain: false,
};

/** A quiet seed with a single item. */
export const PLAN: Plan = {
  ...makePlan(1, ITEMS),
  names: { batch: 's1', account: 's1', keys: [], singles: [], areHostile: false },
  scene: 'none',
  concurrency: 1,
  duplicates: 0,
  maxConcurrentJobs: 2,
  jobTimeoutMs: 10_000,
  singles: [SINGLE],
  inputs: { rows: [], singles: [], pictures: 0, troubles: [] },
  recipe: null,
  troubles: [],
  blows: [],
  steps: [],
};

function toKey(item: number): string {
  return keyOfItem(PLAN, item);
}

export function hashItem(item: number): string {
  return createHash('sha256').update(`bytes of ${item}`).digest('hex');
}

export function job(item: number, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    jobId: `job_${item}`,
    key: 'ip_live_test',
    operation: 'generate/image',
    bodySha256: '',
    prompt: formatPrompt(PLAN, item),
    inputs: [],
    acceptedAt: item * 100,
    endedAt: item * 100 + 90,
    heldPlace: true,
    status: 'completed',
    code: null,
    charged: true,
    statusReads: 1,
    lastReadAt: item * 100 + 95,
    downloads: 1,
    resultSha256: hashItem(item),
    resultBytes: 10,
    callbacks: [],
    ...changes,
  };
}

export function makePost(item: number, changes: Partial<PostRecord> = {}): PostRecord {
  const at = item * 100;
  const answer = { status: 200, named: true, isProviderError: false, whole: true };
  return { at, prompt: formatPrompt(PLAN, item), inputs: [], jobId: `job_${item}`, ...answer, ...changes };
}

/** The content of a picture, and the address of its upload. */
export const CONTENT = createHash('sha256').update('a picture').digest('hex');
export const UPLOADED = `http://127.0.0.1:1/uploads/0123456789ab-${CONTENT}.png`;

/** An upload that was answered after 10 ms. */
export function upload(at: number, changes: Partial<UploadRecord> = {}): UploadRecord {
  const file = { name: `${CONTENT}.png`, sha256: CONTENT, bytes: 10 };
  return { at, key: 'ip_live_test', ...file, status: 200, named: true, answeredAt: at + 10, whole: true, ...changes };
}

/** A run in which these items have the picture. */
export function withPicture(items: readonly number[], uploads: readonly UploadRecord[]): Partial<Evidence> {
  const { ledger, contents } = soundEvidence();
  const keys = new Set(items.map(toKey));
  const named = <E extends LedgerEntry | PostRecord>(entry: E): E => {
    const isOne = items.some((item) => entry.prompt === formatPrompt(PLAN, item));
    return isOne ? { ...entry, inputs: [UPLOADED] } : entry;
  };
  return {
    ledger: { ...ledger, uploads, jobs: ledger.jobs.map(named), posts: ledger.posts.map(named) },
    contents: new Map([...contents].map(([key, list]) => [key, keys.has(key) ? [CONTENT] : list])),
  };
}

export function line(item: number, changes: Partial<ItemResultRow> = {}): ItemResultRow {
  return {
    key: toKey(item),
    outcome: 'succeeded',
    file: `/store/${item}.png`,
    sha256: hashItem(item),
    bytes: 10,
    mimeType: 'image/png',
    width: 32,
    height: 32,
    verified: true,
    jobId: `job_${item}`,
    code: null,
    message: null,
    submissions: [{ jobId: `job_${item}`, code: null, refusals: {} }],
    ...changes,
  };
}

const UNKNOWN_END = {
  outcome: 'unknown',
  file: null,
  sha256: null,
  jobId: null,
  code: 'SUBMIT_OUTCOME_UNKNOWN',
  submissions: [{ jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN', refusals: {} }],
} as const;

export function unknownLine(item: number): ItemResultRow {
  return line(item, UNKNOWN_END);
}

const COUNTS = { waiting: 0, running: 0, retrying: 0, succeeded: 0, failed: 0, cancelled: 0, unknown: 0 };

export function status(changes: Partial<BatchStatus> = {}): BatchStatus {
  return {
    id: 's1',
    state: 'completed',
    reason: null,
    counts: { ...COUNTS, succeeded: ITEMS - 1, unknown: 1, total: ITEMS, skipped: 0 },
    failures: {},
    unreadable: {},
    submissions: ITEMS,
    charged: { credits: null, usd: null },
    cost: 0,
    possibleDuplicates: 0,
    pausedBy: null,
    hold: null,
    permits: 4,
    budget: { submissions: null, cost: null, spent: { submissions: ITEMS, cost: 0 } } as never,
    startedAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:10.000Z',
    finishedAt: '2026-01-01T00:00:10.000Z',
    ...changes,
  };
}

export function running(counts: Partial<typeof COUNTS>): BatchStatus {
  return status({ state: 'running', finishedAt: null, counts: { ...COUNTS, ...counts, total: ITEMS, skipped: 0 } });
}

/** Of the ledger: the job of the single item, which is charged. */
export function singleJob(changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return job(9, { jobId: 'job_single', prompt: formatSinglePrompt(SINGLE), heldPlace: false, ...changes });
}

function singlePost(changes: Partial<PostRecord> = {}): PostRecord {
  return makePost(9, { jobId: 'job_single', prompt: formatSinglePrompt(SINGLE), ...changes });
}

export function singleReport(changes: Partial<ItemReport> = {}): ItemReport {
  const { file, sha256, bytes, mimeType, width, height } = line(9);
  const picture = { mimeType: mimeType ?? '', width, height, verified: true };
  const submission = { number: 1, jobId: 'job_single', code: null, message: null, refusals: {}, charge: null };
  return {
    outcome: 'succeeded',
    result: { file: file ?? '', sha256: sha256 ?? '', bytes: bytes ?? 0, ...picture },
    jobId: 'job_single',
    code: null,
    message: null,
    submissions: [submission],
    ...changes,
  };
}

export function single(changes: Partial<SingleEvidence> = {}): SingleEvidence {
  return { planned: SINGLE, reports: [singleReport()], isOpen: false, refused: null, ...changes };
}

export function soundEvidence(changes: Partial<Evidence> = {}): Evidence {
  const items = Array.from({ length: ITEMS }, (_, item) => item);
  return {
    plan: PLAN,
    ledger: {
      faults: {},
      refused: {},
      jobs: [...items.map((item) => job(item)), singleJob()],
      posts: [
        ...items.map((item) =>
          makePost(item, item === UNKNOWN_ITEM ? { status: null, named: false, whole: false } : {}),
        ),
        singlePost(),
      ],
      refusals: [{ at: 50, code: 'CONCURRENT_JOBS_EXCEEDED' }],
      uploads: [],
    },
    contents: new Map(items.map((item) => [toKey(item), []])),
    lines: items.map((item) => (item === UNKNOWN_ITEM ? unknownLine(item) : line(item))),
    singles: [single()],
    starts: [{ rows: 'own', exit: 0, said: '' }],
    named: new Map([[toKey(0), new Set(['job_0'])]]),
    observed: [running({ waiting: ITEMS }), status()],
    pending: [],
    unreplayable: [],
    struck: [],
    taken: [],
    ended: [],
    cancels: [],
    accountRefusals: [],
    refusedRedrives: [],
    openPages: [],
    redrivenAt: null,
    stuck: null,
    deaths: [],
    allowedAgain: new Map(),
    allowedPayments: new Map(),
    settled: new Set(),
    files: new Map([...items, 9].map((item) => [`/store/${item}.png`, hashItem(item)])),
    texts: [{ where: 'log of the worker', text: 'all is well' }],
    secrets: [{ name: 'the API key', pattern: /ip_live_test/ }],
    left: { processes: [], ports: [], files: [] },
    ...changes,
  };
}

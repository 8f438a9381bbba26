/** What the page calculates. */

import { parseEvents, type StreamEvent } from '../../gateway/dashboard/app/api/event-stream';
import type { Batch } from '../../gateway/dashboard/app/api/types';
import { addSamples, countNewRefusals } from '../../gateway/dashboard/app/format/account-samples';
import { toCurvePath } from '../../gateway/dashboard/app/format/curve';
import { explainFailures } from '../../gateway/dashboard/app/format/failures';
import { findWindow, rowHeight, shapeGrid } from '../../gateway/dashboard/app/format/grid';
import { describeItem } from '../../gateway/dashboard/app/format/item-words';
import { ACCOUNT_LIMITS, BATCH_LIMITS, toChanges } from '../../gateway/dashboard/app/format/limit-fields';
import { findMedium, hasText } from '../../gateway/dashboard/app/format/media';
import { formatPercent, formatRate, formatSpend } from '../../gateway/dashboard/app/format/numbers';
import {
  addSample,
  countEnded,
  estimateRemaining,
  measureRate,
  type Sample,
  toSegments,
} from '../../gateway/dashboard/app/format/progress';
import { describeReason } from '../../gateway/dashboard/app/format/reasons';
import { parseRoute, toPath } from '../../gateway/dashboard/app/format/route';
import {
  assignParts,
  findFilesProblem,
  toPlanQuery,
  toStartQuery,
} from '../../gateway/dashboard/app/format/start-files';
import { formatAge, formatDuration, formatUtc } from '../../gateway/dashboard/app/format/times';

const counts = { total: 10, waiting: 3, running: 2, retrying: 1, succeeded: 2, failed: 1, cancelled: 0, unknown: 1 };

test('the parts of the bar add up to all items', () => {
  const segments = toSegments(counts);
  expect(segments.reduce((sum, { count }) => sum + count, 0)).toBe(counts.total);
  expect(segments.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  expect(segments.map(({ standing }) => standing)).not.toContain('cancelled');
  expect(countEnded(counts)).toBe(4);
});

test('the rate is that of the last half minute; a new run begins again', () => {
  const at = (seconds: number, ended: number): Sample => ({ at: seconds * 1_000, ended, inFlight: 0 });
  const samples = [at(0, 0), at(100, 0), at(110, 20), at(120, 40)];
  expect(measureRate(samples)).toBe(2);
  expect(measureRate(samples, 0)).toBeNull();
  expect(measureRate([])).toBeNull();
  expect(addSample(samples, at(130, 3))).toEqual([at(130, 3)]);
  expect(addSample(Array(700).fill(at(0, 0)), at(1, 1))).toHaveLength(600);
});

test('the remaining time is known if something ends', () => {
  expect(estimateRemaining(counts, 2)).toBe(3_000);
  expect(estimateRemaining(counts, 0)).toBeNull();
  expect(estimateRemaining(counts, null)).toBeNull();
  expect(estimateRemaining({ ...counts, waiting: 0, running: 0, retrying: 0, succeeded: 8 }, null)).toBe(0);
});

test.each([
  [0, 0, '–'],
  [0, 5, '0%'],
  [1, 1_000, '<1%'],
  [999, 1_000, '99%'],
  [1_000, 1_000, '100%'],
])('%d of %d is %s', (part, whole, text) => {
  expect(formatPercent(part, whole)).toBe(text);
});

test('rates and spend', () => {
  expect([null, 0, 0.05, 12.345].map(formatRate)).toEqual(['–', '0/s', '3/min', '12.3/s']);
  expect(formatSpend({ credits: 3, usd: 1.5 })).toBe('$1.50 · 3 credits');
  expect(formatSpend({ credits: 1_234.5, usd: null })).toBe('1,234.5 credits');
  expect(formatSpend({ credits: null, usd: null })).toBe('–');
});

test('times', () => {
  expect([0, 999, 59_000, 60_000, 7_500_000, 90_000_000].map(formatDuration)).toEqual([
    ...['0 s', '0 s', '59 s', '1 min', '2 h 5 min', '1 d 1 h'],
  ]);
  expect(formatAge('2026-05-01T00:00:00Z', Date.parse('2026-05-01T02:30:00Z'))).toBe('2 h ago');
  expect(formatAge('2026-05-01T00:00:00Z', Date.parse('2026-04-30T00:00:00Z'))).toBe('now');
  expect(formatUtc('2026-05-01T02:00:00+02:00')).toBe('2026-05-01 00:00:00 UTC');
});

test.each([
  ['/dashboard', { page: 'batches' }],
  ['/dashboard/', { page: 'batches' }],
  ['/dashboard/batches/a%2Fb', { page: 'batch', id: 'a/b' }],
  ['/dashboard/account', { page: 'account' }],
  ['/dashboard/start', { page: 'start' }],
  ['/dashboard/start/item', { page: 'start-item' }],
  ['/dashboard/start/a', { page: 'missing' }],
  ['/dashboard/start/item/b', { page: 'missing' }],
  ['/dashboard/items', { page: 'items' }],
  ['/dashboard/items/a%2Fb', { page: 'item', id: 'a/b' }],
  ['/dashboard/batches/a/b', { page: 'missing' }],
  ['/dashboard/batches/%', { page: 'missing' }],
  ['/dashboard//evil.example', { page: 'missing' }],
] as const)('%s is a page', (path, route) => {
  expect(parseRoute(path)).toEqual(route);
  if (route.page !== 'missing') expect(parseRoute(toPath(route))).toEqual(route);
});

const waiting = { state: 'paused', reason: null, pausedBy: null, hold: null } as const;
const hold = { code: 'INSUFFICIENT_CREDITS', since: '', until: null, cause: 'no credits', remedy: 'Top up.' };

test.each<[string, Pick<Batch, 'state' | 'reason' | 'pausedBy' | 'hold'>, object | null]>([
  ['nothing', { ...waiting, state: 'running' }, null],
  [
    'a request',
    { ...waiting, pausedBy: 'request', reason: 'lunch' },
    { text: 'Paused on request: lunch', help: 'resume' },
  ],
  ['a budget', { ...waiting, pausedBy: 'budget' }, { help: 'limits' }],
  ['a hold', { ...waiting, pausedBy: 'account', hold }, { remedy: 'Top up.', help: 'resume-account' }],
  [
    'an end',
    { ...waiting, state: 'failed', reason: 'it was terminated' },
    { text: 'Failed: it was terminated', help: null },
  ],
])('why it waits: %s', (_what, batch, reason) => {
  expect(describeReason(batch)).toEqual(reason === null ? null : expect.objectContaining(reason));
});

test('the most frequent failure comes first; an unknown code is shown', () => {
  const [first, second] = explainFailures({ NEW_CODE: 1, MODEL_ERROR: 5 });
  expect(first).toMatchObject({ code: 'MODEL_ERROR', count: 5, remedy: expect.stringMatching(/seed/) });
  expect(second).toMatchObject({ code: 'NEW_CODE', meaning: expect.stringContaining('does not know') });
  expect(explainFailures({ constructor: 1 })).toMatchObject([{ code: 'constructor', count: 1 }]);
});

test('events are parsed, also if a chunk ends within one', async () => {
  async function* chunks() {
    yield ': nothing new\n\nid: 1\nevent: state\nda';
    yield 'ta: {"a":1}\n\nid: 2\nevent: end\ndata: {}\n';
    yield '\n';
  }
  const events: StreamEvent[] = [];
  for await (const event of parseEvents(chunks())) events.push(event);
  expect(events).toEqual([
    { id: '1', name: 'state', data: '{"a":1}' },
    { id: '2', name: 'end', data: '{}' },
  ]);
});

test('a form of limits sends what was filled in', () => {
  const form = new Map([
    ['concurrency', '8'],
    ['maxFailures', '5%'],
    ['budget.cost', '2.5'],
    ['weight', ' '],
  ]);
  expect(toChanges(BATCH_LIMITS, (name) => form.get(name) ?? '')).toEqual({
    concurrency: 8,
    maxFailures: '5%',
    budget: { cost: 2.5 },
  });
  expect(toChanges(BATCH_LIMITS, () => '')).toEqual({});
  const none = toChanges(ACCOUNT_LIMITS, (name) => (/^(budget.cost|hours.\w+)$/.test(name) ? 'None' : ''));
  expect(none).toEqual({ budget: { cost: null }, hours: null });
  const hours = toChanges(ACCOUNT_LIMITS, (name) => (name === 'hours.windows' ? '22:00-24:00, 00:00-06:00' : ''));
  expect(hours).toEqual({ hours: { windows: ['22:00-24:00', '00:00-06:00'] } });
  expect(toChanges(BATCH_LIMITS, (name) => (name === 'weight' ? 'none' : ''))).toEqual({ weight: 'none' });
  const [maximum = null] = ACCOUNT_LIMITS;
  expect(toChanges(ACCOUNT_LIMITS, (name) => (name === maximum?.name ? '3' : ''))).toEqual({
    limits: { maxConcurrency: 3 },
  });
});

test('new samples of the account are added once; a new governor counts its refusals from 0', () => {
  const sample = (second: number, refusals: number) => ({
    at: new Date(second * 1_000).toISOString(),
    limit: 4,
    inFlight: 1,
    refusals,
  });
  const known = addSamples([sample(1, 0), sample(2, 5)], [sample(2, 5), sample(3, 7), sample(4, 2)]);
  expect(known).toHaveLength(4);
  expect(countNewRefusals(known)).toEqual([0, 5, 2, 2]);
  expect(addSamples(known, Array(1_000).fill(sample(9, 3)))).toHaveLength(900);
});

const item = {
  state: 'waiting',
  operation: 'generate/image',
  lastCode: null,
  trouble: null,
  progress: null,
  workerAnswers: true,
  cancelRequested: false,
} as const;
const heldVideo = {
  operation: 'generate/video',
  code: 'PROVIDER_UNREACHABLE',
  cause: 'HTTP 503',
  remedy: 'Wait.',
  since: '2026-01-01T00:00:00.000Z',
  until: null,
  probing: false,
  nextProbeAt: null,
};

test('why a single item does not run is a sentence', () => {
  expect(describeItem(item, [heldVideo])).toMatchObject({
    text: expect.stringMatching(/^It waits until/),
    isHeld: false,
  });
  expect(describeItem({ ...item, operation: 'generate/video' }, [heldVideo])).toEqual({
    text: 'It waits, because generate/video is held (PROVIDER_UNREACHABLE): HTTP 503',
    remedy: 'Wait.',
    isHeld: true,
  });
  expect(describeItem({ ...item, workerAnswers: false }, [heldVideo]).text).toBe('No worker answers.');
  expect(describeItem({ ...item, state: 'running', progress: 40, cancelRequested: true }, []).text).toMatch(
    /^Its job runs\. 40 % are done\. It is cancelled/,
  );
  expect(describeItem({ ...item, state: 'succeeded' }, [heldVideo]).text).toBe('');
});

test('a curve fills its box', () => {
  expect(toCurvePath([0, 5, 10], 100, 50, 10)).toBe('M0 50L50 25L100 0');
  expect(toCurvePath([], 100, 50, 0)).toBe('');
});

test('of a hundred thousand tiles those on the screen are drawn', () => {
  const shape = shapeGrid(100_000, 1_600);
  const row = rowHeight(shape.tileWidth);
  expect(shape.height).toBe(Math.ceil(100_000 / shape.columns) * row);
  expect(findWindow(100_000, shape, -300, 800).first).toBe(0);
  const { first, end } = findWindow(100_000, shape, 500 * row, 800);
  expect(first).toBe(498 * shape.columns);
  expect(end - first).toBeLessThan(120);
  expect(findWindow(5, shape, 10_000, 800)).toEqual({ first: 5, end: 5 });
  expect(shapeGrid(1, 320)).toMatchObject({ columns: 2 });
});

test('only what browsers show is a picture', () => {
  expect(['image/webp', 'image/svg+xml', 'text/html', 'video/mp4', 'audio/wav', null].map(findMedium)).toEqual([
    ...['picture', 'other', 'other', 'clip', 'sound', 'other'],
  ]);
});

test('a text is found in the key and in values', () => {
  const item = { key: 'Dress-1', values: { size: 40, colour: 'Green' } };
  expect(['dress', 'GREEN', '40', ' '].every((text) => hasText(item, text))).toBe(true);
  expect(hasText(item, 'blue')).toBe(false);
});

describe('files of a start', () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ name }));

  test('are rows, a recipe, and pictures by their name', () => {
    const parts = assignParts(named('ROWS.CSV', 'look.yaml', 'dress.jpg')).map(([part]) => part);
    expect(parts).toEqual(['rows', 'recipe', 'dress.jpg']);
  });

  test.each<[readonly string[], RegExp]>([
    [['a.csv'], /^$/],
    [['a.yml'], /^$/],
    [['a.jsonl', 'b.json', 'c.png'], /^$/],
    [['a.png'], /has rows/],
    [['a.csv', 'b.ndjson'], /Two of the files are rows/],
    [['a.csv', 'x.png', 'x.png'], /Two of the files are x\.png/],
  ])('%j: %s', (names, problem) => expect(findFilesProblem(named(...names))).toMatch(problem));

  test('what is empty is not sent, and only a start has the id', () => {
    const prices = new Map([
      ['generate/image', '0.04'],
      ['upscale/image', ''],
    ]);
    const fields = { id: ' spring ', concurrency: ' ', prices };
    expect(toPlanQuery(fields).toString()).toBe('price=generate%2Fimage%3D0.04');
    expect(toStartQuery(fields).toString()).toBe('price=generate%2Fimage%3D0.04&id=spring');
    expect(toStartQuery({ id: '', concurrency: '4', prices: new Map() }).toString()).toBe('concurrency=4');
  });
});

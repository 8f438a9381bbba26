/** The hidden limits of each scenario. */

/** In the format of the emulator's control API. */
interface LimitChanges {
  readonly maxConcurrentJobs?: number;
  readonly submitsPerSecond?: number;
  readonly foreignJobs?: number;
  readonly limitMode?: 'refuse' | 'fail-job';
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Number of items: a perfect run takes about a minute, so the last jobs hardly affect its bound. */
  readonly items: number;
  readonly medianMs: number;
  readonly limits: LimitChanges;
  /** Changes of limits, in seconds after the first submission. */
  readonly changes: readonly { readonly afterSeconds: number; readonly limits: LimitChanges }[];
  /** A batch of items of several steps beside the other one, whose weight is 1. Default: none. */
  readonly beside?: { readonly items: number; readonly weight: number };
}

/** Number of steps of the items of the batch beside the other one. */
export const STEPS = 3;

/** Number of jobs of a run. */
export function countJobs({ items, beside }: Scenario): number {
  return items + STEPS * (beside?.items ?? 0);
}

const CONCURRENCY = [
  { limit: 1, items: 60, medianMs: 1_000 },
  { limit: 4, items: 240, medianMs: 1_000 },
  { limit: 12, items: 720, medianMs: 1_000 },
  { limit: 40, items: 1_000, medianMs: 2_000 },
  // With 1,000 items, the last jobs alone would cost 17 % of such a short run.
  { limit: 100, items: 2_000, medianMs: 2_000 },
];

const RATES = [
  { rate: 2, items: 140 },
  { rate: 10, items: 700 },
];

export const SCENARIOS: readonly Scenario[] = [
  ...CONCURRENCY.map(({ limit, items, medianMs }) => ({
    name: String(limit),
    about: `${limit} in flight`,
    items,
    medianMs,
    limits: { maxConcurrentJobs: limit },
    changes: [],
  })),
  ...RATES.map(({ rate, items }) => ({
    name: `rate-${rate}`,
    about: `${rate} submissions a second`,
    items,
    medianMs: 1_500,
    limits: { submitsPerSecond: rate },
    changes: [],
  })),
  {
    name: 'falls',
    about: '40 in flight, 8 from 20 s to 45 s, then 40 again',
    items: 1_000,
    medianMs: 1_500,
    limits: { maxConcurrentJobs: 40 },
    changes: [
      { afterSeconds: 20, limits: { maxConcurrentJobs: 8 } },
      { afterSeconds: 45, limits: { maxConcurrentJobs: 40 } },
    ],
  },
  {
    name: 'fail-job',
    about: '12 in flight, enforced by failing jobs',
    items: 600,
    medianMs: 1_000,
    limits: { maxConcurrentJobs: 12, limitMode: 'fail-job' },
    changes: [],
  },
  {
    name: 'shared',
    about: '24 in flight, of which another client takes 12 from 20 s on',
    items: 900,
    medianMs: 1_000,
    limits: { maxConcurrentJobs: 24 },
    changes: [{ afterSeconds: 20, limits: { foreignJobs: 12 } }],
  },
  {
    name: 'steps',
    about: '12 in flight, for 300 items of one step, and 200 of three steps with weight 2',
    items: 300,
    medianMs: 2_000,
    limits: { maxConcurrentJobs: 12 },
    changes: [],
    beside: { items: 200, weight: 2 },
  },
];

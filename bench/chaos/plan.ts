/** The trouble of one seed: a pure function, so that a seed can be repeated. */
import { type Chance, chanceOf } from './random';
import { TROUBLE_NAMES, type TroubleName } from './troubles';

/** What is done to our own processes. */
export const BLOWS = [
  'kill the worker',
  'kill the server',
  'kill the command line',
  'kill the gateway',
  'pause the worker',
  'freeze the worker until it is given up',
  'fill the disk',
] as const;
export type Blow = (typeof BLOWS)[number];

/** Whether another worker may have to carry on afterwards. */
export function isForWorkers(blow: Blow): boolean {
  return blow.endsWith('the worker') || blow.startsWith('freeze the worker');
}

/** When: at a step of one item that is held there for a while, or when so many submissions were accepted. */
export const POINTS = [
  'before acceptance',
  'during the POST',
  'while polling',
  'during the download',
  'during the report',
  'at random',
] as const;
export type Point = (typeof POINTS)[number];

export interface PlannedBlow {
  readonly blow: Blow;
  readonly point: Point;
  /** The item at whose step it happens. */
  readonly item: number;
  /** For `at random`. */
  readonly accepted: number;
}

export interface ItemTrouble {
  readonly item: number;
  readonly trouble: TroubleName;
  readonly times: number;
}

export interface Plan {
  readonly seed: number;
  readonly items: number;
  readonly callbacks: boolean;
  /** Whether the command stays until the batch has ended; else it only starts it. */
  readonly isFollowed: boolean;
  /** Of the batch; `null`: as many as the account takes. */
  readonly concurrency: number | null;
  /** Of the provider, hidden; `null`: none. */
  readonly maxConcurrentJobs: number | null;
  readonly submitsPerSecond: number | null;
  /** After so many there are none, until somebody pays; `null`: without end. */
  readonly credits: number | null;
  readonly jobMs: number;
  /** The provider's clock against ours. */
  readonly skewMs: number;
  readonly troubles: readonly ItemTrouble[];
  readonly blows: readonly PlannedBlow[];
}

/** Shares of the seeds. */
const WITH_BLOWS = 0.35;
const WITH_CREDITS_RUNNING_OUT = 0.15;
const WITH_LIMIT = 0.4;
const WITH_RATE = 0.15;
const WITH_BOUND = 0.4;
const WITH_SKEW = 0.3;

/** Of so many seeds two are followed by their command, one with callbacks and one without. */
const FOLLOWED_EVERY = 8;

const HOUR = 3_600_000;

/** Even seeds ask for callbacks, so that which stack can run a seed is known beforehand. */
export function planOf(seed: number, items: number): Plan {
  const chance = chanceOf(seed);
  const callbacks = seed % 2 === 0;
  const plan = {
    seed,
    items,
    callbacks,
    concurrency: chance.happens(WITH_BOUND) ? chance.between(2, 12) : null,
    maxConcurrentJobs: chance.happens(WITH_LIMIT) ? chance.between(3, 16) : null,
    submitsPerSecond: chance.happens(WITH_RATE) ? chance.between(8, 30) : null,
    credits: chance.happens(WITH_CREDITS_RUNNING_OUT) ? chance.between(3, Math.max(3, items - 3)) : null,
    jobMs: chance.between(50, 500),
    skewMs: chance.happens(WITH_SKEW) ? chance.between(-HOUR, HOUR) : 0,
    troubles: troublesOf(chance, items),
    blows: blowsOf(chance, items, callbacks),
  };
  // Each that follows is a process and asks once a second, which is a quarter of what a seed costs.
  const isFollowed = seed % FOLLOWED_EVERY < 2 || plan.blows.some(({ blow }) => blow === 'kill the command line');
  return { ...plan, isFollowed };
}

/** Up to half of the items, some of them with more than one trouble. */
function troublesOf(chance: Chance, items: number): readonly ItemTrouble[] {
  const count = chance.between(Math.ceil(items / 10), Math.ceil(items / 2));
  return Array.from({ length: count }, () => ({
    item: chance.between(0, items - 1),
    trouble: chance.pick(TROUBLE_NAMES),
    times: chance.happens(0.8) ? 1 : 2,
  }));
}

function blowsOf(chance: Chance, items: number, callbacks: boolean): readonly PlannedBlow[] {
  if (!chance.happens(WITH_BLOWS)) return [];
  const possible = BLOWS.filter((blow) => callbacks || blow !== 'kill the gateway');
  const blows = Array.from({ length: chance.between(1, 3) }, (_, number): PlannedBlow => {
    const blow = chance.pick(possible);
    // The item whose POST is held before its acceptance is let go by the death of its worker only.
    const points = POINTS.filter((point) => blow === 'kill the worker' || point !== 'before acceptance');
    return { blow, point: chance.pick(points), item: number * 3, accepted: chance.between(1, Math.ceil(items / 2)) };
  });
  return blows;
}

export function killsServer({ blows }: Plan): boolean {
  return blows.some(({ blow }) => blow === 'kill the server');
}

/** In one line, for the report. */
export function planWords({ troubles, blows, ...plan }: Plan): string {
  const settings = Object.entries(plan).filter(([, value]) => value !== null && value !== 0 && value !== false);
  const struck = blows.map(({ blow, point }) => `${blow} ${point}`).join(', ');
  return `${settings.map(([name, value]) => `${name} ${value}`).join(', ')}, ${troubles.length} troubles, blows: ${struck || 'none'}`;
}

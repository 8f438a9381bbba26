/** The trouble of one seed: a pure function, so that a seed can be repeated. */
import { type Names, namesOf } from './names';
import { blowsOf, type PlannedBlow } from './plan-blows';
import { type PlannedSingle, singlesOf } from './plan-singles';
import { type Step, stepsOf } from './plan-steps';
import { type Chance, chanceOf } from './random';
import type { Scene } from './scenes';
import { ALWAYS, TIMES, TROUBLE_NAMES, type TroubleName } from './troubles';

export interface ItemTrouble {
  readonly item: number;
  readonly trouble: TroubleName;
  readonly times: number;
}

export interface Plan {
  readonly seed: number;
  readonly items: number;
  readonly callbacks: boolean;
  /** Whether workflows begin anew after a few events, which the server is told at its start. */
  readonly fewEvents: boolean;
  readonly scene: Scene;
  /** Whether the command stays until the batch has ended; else it only starts it. */
  readonly isFollowed: boolean;
  /** Of the batch; `null`: as many as the account takes. */
  readonly concurrency: number | null;
  /** How many submissions of unknown outcome the batch may send again. */
  readonly duplicates: number;
  /** Of the provider, hidden; `null`: none. */
  readonly maxConcurrentJobs: number | null;
  readonly submitsPerSecond: number | null;
  /** After so many there are none, until somebody pays; `null`: without end. */
  readonly credits: number | null;
  readonly jobMs: number;
  /** After this time a job counts as overdue. */
  readonly jobTimeoutMs: number;
  /** How long the store takes for outcomes, at the most. */
  readonly slowStoreMs: number;
  /** The provider's clock against ours. */
  readonly skewMs: number;
  readonly names: Names;
  readonly troubles: readonly ItemTrouble[];
  readonly blows: readonly PlannedBlow[];
  readonly singles: readonly PlannedSingle[];
  /** What is done when the batch has ended, one after another. */
  readonly steps: readonly Step[];
}

/** Shares of the seeds. */
const WITH_CREDITS_RUNNING_OUT = 0.15;
const WITH_LIMIT = 0.4;
const WITH_RATE = 0.15;
const WITH_BOUND = 0.4;
const WITH_SKEW = 0.3;
const WITH_DUPLICATES = 0.1;
const WITH_SLOW_STORE = 0.1;
/** Of the seeds with callbacks. */
const WITH_FEW_EVENTS = 0.2;
const SCENE_SHARES: readonly (readonly [Scene, number])[] = [
  ['two starters', 0.06],
  ['cannot begin', 0.06],
  ['always 403', 0.07],
  ['overdue', 0.1],
];

const LONG_JOBS: readonly TroubleName[] = [
  'job of 2 s',
  'job of 3 s',
  'job of 4 s',
  'job of 5 s',
  'job of 6 s',
  'job of 7 s',
  'job of 8 s',
];

/** Of so many seeds two are followed by their command, one with callbacks and one without. */
const FOLLOWED_EVERY = 8;

const HOUR = 3_600_000;
const USUAL_JOB_TIMEOUT_MS = 10_000;
const SHORT_JOB_TIMEOUT_MS = 3_000;

/** Even seeds ask for callbacks, so that which stack can run a seed is known beforehand. */
export function planOf(seed: number, items: number): Plan {
  const chance = chanceOf(seed);
  const callbacks = seed % 2 === 0;
  const scene = sceneOf(chance);
  const fewEvents = callbacks && chance.happens(WITH_FEW_EVENTS);
  const names = namesOf(chance, seed);
  const singles = singlesOf(chance, seed, { items, names });
  const plan = {
    seed,
    items,
    callbacks,
    fewEvents,
    scene,
    concurrency: chance.happens(WITH_BOUND) ? chance.between(2, 12) : null,
    duplicates: chance.happens(WITH_DUPLICATES) ? chance.between(1, 3) : 0,
    maxConcurrentJobs: chance.happens(WITH_LIMIT) ? chance.between(3, 16) : null,
    submitsPerSecond: chance.happens(WITH_RATE) ? chance.between(8, 30) : null,
    credits: chance.happens(WITH_CREDITS_RUNNING_OUT) ? chance.between(3, Math.max(3, items - 3)) : null,
    jobMs: chance.between(50, 500),
    jobTimeoutMs: scene === 'overdue' ? SHORT_JOB_TIMEOUT_MS : USUAL_JOB_TIMEOUT_MS,
    slowStoreMs: fewEvents || chance.happens(WITH_SLOW_STORE) ? chance.between(1_000, 4_000) : 0,
    skewMs: chance.happens(WITH_SKEW) ? chance.between(-HOUR, HOUR) : 0,
    names,
    singles,
    // Those of the scene first: of two that fit, the provider takes the one that it was given first.
    troubles: [...troublesOfScene(chance, items, { scene, fewEvents }), ...troublesOf(chance, items)],
    blows: scene === 'two starters' ? [] : blowsOf(chance, { items, callbacks, fewEvents, singles }),
    steps: stepsOf(chance, scene),
  };
  // Each that follows is a process and asks once a second, which is a quarter of what a seed costs.
  const isFollowed = seed % FOLLOWED_EVERY < 2 || plan.blows.some(({ blow }) => blow === 'kill the command line');
  return { ...plan, isFollowed: isFollowed && scene !== 'two starters' };
}

function sceneOf(chance: Chance): Scene {
  let left = chance.next();
  for (const [scene, share] of SCENE_SHARES) {
    if (left < share) return scene;
    left -= share;
  }
  return 'none';
}

/** Up to half of the items, some of them with more than one trouble. */
function troublesOf(chance: Chance, items: number): readonly ItemTrouble[] {
  const count = chance.between(Math.ceil(items / 10), Math.ceil(items / 2));
  return Array.from({ length: count }, () => {
    const trouble = chance.pick(TROUBLE_NAMES);
    const most = TIMES[trouble] ?? 1;
    return {
      item: chance.between(0, items - 1),
      trouble,
      times: most > 1 ? chance.between(1, most) : chance.happens(0.8) ? 1 : 2,
    };
  });
}

/** Troubles that make the scene what it is. */
function troublesOfScene(
  chance: Chance,
  items: number,
  { scene, fewEvents }: Pick<Plan, 'scene' | 'fewEvents'>,
): readonly ItemTrouble[] {
  const some = (count: number, troubles: readonly TroubleName[]): readonly ItemTrouble[] =>
    Array.from({ length: count }, () => chance.between(0, items - 1)).flatMap((item) =>
      troubles.map((trouble) => ({ item, trouble, times: TIMES[trouble] ?? 1 })),
    );
  // One of the first, so that most others have not been sent yet.
  if (scene === 'always 403') return [{ item: chance.between(0, 2), trouble: 'always 403', times: ALWAYS }];
  if (scene === 'overdue') {
    const long = some(2, ['job of 7 s', 'status 400']);
    return [...long, ...some(2, ['job of 5 s', 'status 404 of a front'])];
  }
  // Jobs of which only a callback tells, at all times of the run: some of them while the page begins anew.
  return fewEvents ? LONG_JOBS.flatMap((job) => some(1, [job, 'reply dropped'])) : [];
}

export function killsServer({ blows }: Pick<Plan, 'blows'>): boolean {
  return blows.some(({ blow }) => blow === 'kill the server' || blow === 'keep the server away');
}

/** In one line, for the report. */
export function planWords({ troubles, blows, singles, names, ...plan }: Plan): string {
  const settings = Object.entries(plan).filter(([, value]) => value !== null && value !== 0 && value !== false);
  const struck = blows.map(({ blow, point }) => `${blow} ${point}`).join(', ');
  const called = names.areHostile ? `, called ${names.batch} in ${names.account} with ${names.keys.join(', ')}` : '';
  return (
    `${settings.map(([name, value]) => `${name} ${value}`).join(', ')}${called}, ${troubles.length} troubles, ` +
    `${singles.length} single items, blows: ${struck || 'none'}`
  );
}

/** The plan of one seed. Pure, which makes a seed repeatable. */
import { drawNames, type Names } from './names';
import { drawBlows, type PlannedBlow } from './plan-blows';
import { type PlannedInputs, planInputs } from './plan-inputs';
import { type PlannedRecipe, planRecipe } from './plan-recipe';
import { drawSingles, type PlannedSingle } from './plan-singles';
import { drawSteps, type Step } from './plan-steps';
import { type Chance, newChance } from './random';
import type { Scene } from './scenes';
import { ALWAYS, type ItemTrouble, TIMES, TROUBLE_NAMES, type TroubleName } from './troubles';

export interface Plan {
  readonly seed: number;
  readonly items: number;
  readonly callbacks: boolean;
  /** Whether workflows continue as new after a few events, by a setting of the server. */
  readonly fewEvents: boolean;
  readonly scene: Scene;
  /** Whether the command follows the batch to its end, instead of only starting it. */
  readonly isFollowed: boolean;
  /** Maximum jobs in flight of the batch; `null` for as many as the account allows. */
  readonly concurrency: number | null;
  /** Maximum resubmissions of items of unknown outcome. */
  readonly duplicates: number;
  /** Hidden limit of the provider; `null` for none. */
  readonly maxConcurrentJobs: number | null;
  readonly submitsPerSecond: number | null;
  /** Credits until the account is topped up; `null` for unlimited. */
  readonly credits: number | null;
  readonly jobMs: number;
  /** Time after which a job counts as overdue, in ms. */
  readonly jobTimeoutMs: number;
  /** Maximum time of a write of outcomes, in ms. */
  readonly slowStoreMs: number;
  /** Offset of the provider's clock, in ms. */
  readonly skewMs: number;
  readonly names: Names;
  readonly troubles: readonly ItemTrouble[];
  readonly blows: readonly PlannedBlow[];
  readonly singles: readonly PlannedSingle[];
  /** Operations, input files, and troubles of uploads. */
  readonly inputs: PlannedInputs;
  /** The recipe of its items; `null`: each has one step. */
  readonly recipe: PlannedRecipe | null;
  /** Steps after the end of the batch, in order. */
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
/** Shares of the seeds with callbacks. */
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

/** Of this many seeds, two are followed by their command: one with callbacks and one without. */
const FOLLOWED_EVERY = 8;

const HOUR = 3_600_000;
const USUAL_JOB_TIMEOUT_MS = 10_000;
const SHORT_JOB_TIMEOUT_MS = 3_000;

/** Even seeds request callbacks, which determines their stack. */
export function makePlan(seed: number, items: number): Plan {
  const chance = newChance(seed);
  const callbacks = seed % 2 === 0;
  const scene = drawScene(chance);
  const fewEvents = callbacks && chance.happens(WITH_FEW_EVENTS);
  const names = drawNames(chance, seed);
  const singles = drawSingles(chance, seed, { items, names });
  const drawn = {
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
    // The scene's troubles come first: the provider applies the first matching rule.
    troubles: [...troublesOfScene(chance, items, { scene, fewEvents }), ...drawTroubles(chance, items)],
    blows: scene === 'two starters' ? [] : drawBlows(chance, { items, callbacks, fewEvents, singles }),
    steps: drawSteps(chance, scene),
  };
  const mayStrike = scene !== 'two starters';
  const withInputs = { ...drawn, ...planInputs(seed, { items, singles, blows: drawn.blows, mayStrike }) };
  const plan = { ...withInputs, ...planRecipe(seed, withInputs) };
  // A following command is a process that reads the status once a second: a quarter of a seed's cost.
  const isFollowed = seed % FOLLOWED_EVERY < 2 || plan.blows.some(({ blow }) => blow === 'kill the command line');
  return { ...plan, isFollowed: isFollowed && scene !== 'two starters' };
}

function drawScene(chance: Chance): Scene {
  let left = chance.next();
  for (const [scene, share] of SCENE_SHARES) {
    if (left < share) return scene;
    left -= share;
  }
  return 'none';
}

/** Up to half of the items have troubles, some more than one. */
function drawTroubles(chance: Chance, items: number): readonly ItemTrouble[] {
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

/** The troubles of the scene. */
function troublesOfScene(
  chance: Chance,
  items: number,
  { scene, fewEvents }: Pick<Plan, 'scene' | 'fewEvents'>,
): readonly ItemTrouble[] {
  const some = (count: number, troubles: readonly TroubleName[]): readonly ItemTrouble[] =>
    Array.from({ length: count }, () => chance.between(0, items - 1)).flatMap((item) =>
      troubles.map((trouble) => ({ item, trouble, times: TIMES[trouble] ?? 1 })),
    );
  // One of the first items, when most others have not been sent yet.
  if (scene === 'always 403') return [{ item: chance.between(0, 2), trouble: 'always 403', times: ALWAYS }];
  if (scene === 'overdue') {
    const long = some(2, ['job of 7 s', 'status 400']);
    return [...long, ...some(2, ['job of 5 s', 'status 404 of a front'])];
  }
  // Jobs named only by a callback, throughout the run: some of them while the page continues as new.
  return fewEvents ? LONG_JOBS.flatMap((job) => some(1, [job, 'reply dropped'])) : [];
}

export function killsServer({ blows }: Pick<Plan, 'blows'>): boolean {
  return blows.some(({ blow }) => blow === 'kill the server' || blow === 'keep the server away');
}

/** One line for the report. */
export function formatPlan({ troubles, blows, singles, names, inputs, recipe, ...plan }: Plan): string {
  const settings = Object.entries(plan).filter(([, value]) => value !== null && value !== 0 && value !== false);
  const struck = blows.map(({ blow, point }) => `${blow} ${point}`).join(', ');
  const called = names.areHostile ? `, called ${names.batch} in ${names.account} with ${names.keys.join(', ')}` : '';
  return (
    `${settings.map(([name, value]) => `${name} ${value}`).join(', ')}${called}, ${troubles.length} troubles, ` +
    `${singles.length} single items, ${formatInputs(inputs)}, ${formatRecipe(recipe)}, blows: ${struck || 'none'}`
  );
}

function formatRecipe(recipe: PlannedRecipe | null): string {
  if (recipe === null) return 'no recipe';
  const { steps, failures } = recipe;
  return `recipe: ${steps.map(({ operation }) => operation).join(' → ')} with ${failures.length} failing steps`;
}

function formatInputs({ rows, troubles }: PlannedInputs): string {
  const operations = [...new Set(rows.map(({ operation }) => operation))];
  return `${operations.join(' ')}, uploads: ${troubles.map(({ trouble }) => trouble).join(', ') || 'no troubles'}`;
}

/** Plans the blows to our own processes and workflows while a batch runs. */
import type { PlannedSingle } from './plan-singles';
import type { Chance } from './random';

export const BLOWS = [
  'kill the worker',
  'kill the server',
  'keep the server away',
  'kill the command line',
  'kill the gateway',
  'pause the worker',
  'freeze the worker until it is given up',
  'cut the worker off',
  'fill the disk',
  'take the store away',
  'jump the clock of a worker',
  'terminate the batch',
  'terminate a page',
  'reset the batch',
  'reset a page',
  'cancel the batch',
  'forget the uploads',
  'pause the batch',
] as const;
export type Blow = (typeof BLOWS)[number];

/** Whether another worker may have to take over afterwards. */
export function isForWorkers(blow: Blow): boolean {
  return (
    blow.endsWith('the worker') ||
    /^freeze the worker|^cut the worker/.test(blow) ||
    blow === 'jump the clock of a worker'
  );
}

/** Whether an operator ends or resets workflows, which may leave pages without their batch. */
export function isForOperators(blow: Blow): boolean {
  return blow.startsWith('terminate') || blow.startsWith('reset');
}

/** Time of a blow: at a point of one delayed item, or after a number of accepted submissions. */
export const POINTS = [
  'before acceptance',
  'during the POST',
  'before the answer is lost',
  'while polling',
  'during the download',
  'during the report',
  'at random',
  'during the upload',
] as const;
export type Point = (typeof POINTS)[number];

export interface PlannedBlow {
  readonly blow: Blow;
  readonly point: Point;
  /** Index of the item at whose point it happens. */
  readonly item: number;
  /** Index of the single item at whose point it happens instead; `null` for none. */
  readonly single: number | null;
  /** For `at random`. */
  readonly accepted: number;
  /** Its duration in ms, if it is drawn. */
  readonly ms: number;
}

const WITH_BLOWS = 0.4;
/** The server is absent when the answer to a single item is lost, for longer than the SDK retries. */
const WITH_LOST_SINGLE = 0.1;
const MIN_AWAY_MS = 5_000;
const MAX_AWAY_MS = 20_000;

interface BlowTerms {
  readonly items: number;
  readonly callbacks: boolean;
  readonly fewEvents: boolean;
  readonly singles: readonly PlannedSingle[];
}

export function drawBlows(chance: Chance, terms: BlowTerms): readonly PlannedBlow[] {
  const lost = chance.happens(WITH_LOST_SINGLE) ? lostSingle(chance, terms) : [];
  if (!chance.happens(WITH_BLOWS)) return lost;
  const possible = BLOWS.filter((blow) => isPossible(blow, terms));
  const blows = Array.from({ length: chance.between(1, 3) }, (_, number): PlannedBlow => {
    const blow = chance.pick(possible);
    const points = POINTS.filter((point) => isPossibleAt(point, blow));
    return {
      blow,
      point: chance.pick(points),
      item: number * 3,
      single: null,
      accepted: chance.between(1, Math.ceil(terms.items / 2)),
      ms: chance.between(MIN_AWAY_MS, MAX_AWAY_MS),
    };
  });
  return [...lost, ...blows];
}

/** The inputs of a seed are planned later, and move some of its blows to uploads. */
function isPossibleAt(point: Point, blow: Blow): boolean {
  // A POST delayed before acceptance ends only with its worker.
  return point !== 'during the upload' && (point !== 'before acceptance' || blow === 'kill the worker');
}

/** A server with continue-as-new after few events keeps no database, so it must not be killed. */
function isPossible(blow: Blow, { callbacks, fewEvents }: BlowTerms): boolean {
  if (blow === 'kill the gateway') return callbacks;
  // Planned with inputs, or with a recipe.
  if (blow === 'forget the uploads' || blow === 'pause the batch') return false;
  return !fewEvents || (blow !== 'kill the server' && blow !== 'keep the server away');
}

function lostSingle(chance: Chance, { singles, fewEvents }: BlowTerms): readonly PlannedBlow[] {
  const single = singles.findIndex(({ trouble, when, fate }) => trouble === null && when === 'during' && fate === null);
  if (single < 0 || fewEvents) return [];
  const ms = chance.between(MIN_AWAY_MS, MAX_AWAY_MS);
  return [{ blow: 'keep the server away', point: 'before the answer is lost', item: 0, single, accepted: 0, ms }];
}

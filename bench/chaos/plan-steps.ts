/** Plans the steps after the end of a batch. */
import type { Chance } from './random';
import type { Scene } from './scenes';

export const STEPS = [
  'redrive',
  'redrive in a process',
  'redrive twice at once',
  'redrive what is unknown',
  'reset the ended batch',
  'reset an ended page',
  'refusal of single items',
  'redrive from a step',
  'redrive edited rows',
] as const;
export type Step = (typeof STEPS)[number];

/** Planned with a recipe. */
export const OF_RECIPES: readonly Step[] = ['redrive from a step', 'redrive edited rows'];

const WITH_REDRIVE = 0.5;
const WITH_MORE = 0.3;
/** Rare steps: each costs a process, or pays again. */
const MORE: readonly Step[] = STEPS.filter((step) => step !== 'redrive' && !OF_RECIPES.includes(step));
const MAX_REDRIVES = 3;

/** Default redrives are repeated, because they may not pay anything twice. */
export function drawSteps(chance: Chance, scene: Scene): readonly Step[] {
  const isRedriven = chance.happens(WITH_REDRIVE) || scene === 'overdue';
  const redrives = isRedriven ? chance.between(1, MAX_REDRIVES) : 0;
  const more = chance.happens(WITH_MORE)
    ? [chance.pick(MORE), ...(chance.happens(0.5) ? ['redrive' as const] : [])]
    : [];
  return [...Array.from({ length: redrives }, () => 'redrive' as const), ...more];
}

/** Plans the single items that run beside the batch, on its account. */
import type { Names } from './names';
import type { Chance } from './random';
import { TIMES, TROUBLE_NAMES, type TroubleName } from './troubles';

export const FATES = ['cancelled', 'reset'] as const;
/** What happens to it after its job was accepted, or after its end. */
type Fate = (typeof FATES)[number];

export interface PlannedSingle {
  readonly id: string;
  /** When it starts: before the batch, after a number of accepted submissions, or after the batch. */
  readonly when: 'before' | 'during' | 'after';
  /** Number of accepted submissions, for `during`. */
  readonly accepted: number;
  /** Whether it waits while the account is held, instead of failing at once. */
  readonly waits: boolean;
  readonly trouble: TroubleName | null;
  readonly times: number;
  readonly fate: Fate | null;
  /** Whether it is rerun by `--again` if it failed or was cancelled. */
  readonly isRunAgain: boolean;
}

const WITH_SINGLES = 0.7;
const WITH_TROUBLE = 0.6;
const WITH_FATE = 0.25;
const WAITING = 0.5;
const AGAIN = 0.7;
const MAX_SINGLES = 5;
/** Troubles that concern money, which are drawn more often. */
const MONEY: readonly TroubleName[] = [
  'reply dropped',
  '503 of a front behind acceptance',
  '409 of a front behind acceptance',
  'status 404 of a front',
  'status 400',
  'status 403 of a front',
  '402 for credits',
];
const WITH_MONEY = 0.5;

export function drawSingles(
  chance: Chance,
  seed: number,
  { items, names }: { readonly items: number; readonly names: Names },
): readonly PlannedSingle[] {
  const count = chance.happens(WITH_SINGLES) ? chance.between(2, MAX_SINGLES) : names.singles.length;
  return Array.from({ length: count }, (_, number) => {
    const hasTrouble = chance.happens(WITH_TROUBLE);
    const trouble = chance.pick(chance.happens(WITH_MONEY) ? MONEY : TROUBLE_NAMES);
    return {
      id: names.singles[number] ?? `o${seed}-${number}`,
      when: chance.pick(['before', 'during', 'during', 'during', 'after'] as const),
      accepted: chance.between(1, Math.ceil(items / 2)),
      waits: chance.happens(WAITING),
      trouble: hasTrouble ? trouble : null,
      times: chance.between(1, TIMES[trouble] ?? 1),
      fate: chance.happens(WITH_FATE) ? chance.pick(FATES) : null,
      isRunAgain: chance.happens(AGAIN),
    };
  });
}

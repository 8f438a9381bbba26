/** Allowed names that break careless code: of Object.prototype, very long, or different only in case. */
import type { Chance } from './random';

/** Maximum length of a name. */
const MAX_NAME_LENGTH = 128;

export const HOSTILE_NAMES = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'isPrototypeOf',
  '__defineGetter__',
  'length',
  'then',
  'toJSON',
  'undefined',
  'null',
  '0',
  '1e3',
  'page-000000',
] as const;

/** The names of a seed. Ids are also workflow ids, so each is used once per stack. */
export interface Names {
  readonly batch: string;
  readonly account: string;
  /** Keys of the first rows; the others are numbered. */
  readonly keys: readonly string[];
  /** Ids of the first single items. */
  readonly singles: readonly string[];
  /** Whether any of them is unusual. */
  readonly areHostile: boolean;
}

const WITH_HOSTILE_IDS = 0.07;
const WITH_HOSTILE_KEYS = 0.2;
const WITH_LONG_NAMES = 0.3;
const MAX_HOSTILE_KEYS = 5;

/** The account has the id of the batch, unless it has a hostile name of its own. */
export function drawNames(chance: Chance, seed: number): Names {
  const plain = `s${seed}`;
  const hasHostileIds = chance.happens(WITH_HOSTILE_IDS);
  const hasHostileKeys = chance.happens(WITH_HOSTILE_KEYS);
  const isLong = chance.happens(WITH_LONG_NAMES);
  const [batch, account, single] = shuffled(chance, HOSTILE_NAMES);
  const keys = shuffled(chance, HOSTILE_NAMES).slice(0, chance.between(2, MAX_HOSTILE_KEYS));
  return {
    batch: hasHostileIds ? (batch ?? plain) : isLong && hasHostileKeys ? long(plain) : plain,
    account: hasHostileIds ? (account ?? plain) : plain,
    keys: hasHostileKeys ? [...keys, ...(isLong ? [long('key')] : [])] : [],
    singles: hasHostileIds ? [single ?? plain, `${plain}-Case`, `${plain}-case`] : [],
    areHostile: hasHostileIds || hasHostileKeys,
  };
}

function long(name: string): string {
  return name.padEnd(MAX_NAME_LENGTH, '-x');
}

function shuffled<T>(chance: Chance, values: readonly T[]): readonly T[] {
  return values
    .map((value) => ({ value, place: chance.next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value);
}

/** What an account has left, as the provider's answers report it, and when that is too little. Pure. */
import { isObject } from '../base/is-object';

/** `null`: not reported. */
export interface Balance {
  readonly usd: number | null;
  readonly credits: number | null;
}

/** Least balance with which the account submits; `null`: no bound. */
export type HoldBelow = Balance;

export const NO_HOLD_BELOW: HoldBelow = { usd: null, credits: null };

const UNITS = ['usd', 'credits'] as const;
const UNIT_NAMES = { usd: 'USD', credits: 'credits' } as const;

/** Whether a reported amount is below its bound. */
export function isBelow(balance: Balance, bounds: HoldBelow): boolean {
  return UNITS.some((unit) => {
    const [amount, least] = [balance[unit], bounds[unit]];
    return amount !== null && least !== null && amount < least;
  });
}

/** An amount of each unit that is known, for instance `4.2 USD and 100 credits`; empty if none is. */
export function describeBalance(balance: Balance): string {
  return UNITS.flatMap((unit) => (balance[unit] === null ? [] : [`${balance[unit]} ${UNIT_NAMES[unit]}`])).join(
    ' and ',
  );
}

/** Fields are optional, and `null` removes a bound. */
export function findHoldBelowProblem(bounds: unknown): string | null {
  if (!isObject(bounds)) return `is ${JSON.stringify(bounds)}; must be like { "usd": 5 } or { "credits": 500 }`;
  for (const unit of UNITS) {
    const { [unit]: least = null } = bounds;
    const isAmount = typeof least === 'number' && Number.isFinite(least) && least > 0;
    if (least !== null && !isAmount) return `${unit} is ${JSON.stringify(least)}; must be a number above 0, or null`;
  }
  return null;
}

/** Codes of holds that no failure has led to. */
import { getOwn } from './own-value';

export const HELD_BY_REQUEST = 'HELD_BY_REQUEST';
export const DAY_BUDGET_USED = 'DAY_BUDGET_USED';

/** What a person should do about an item that failed with one of them. */
const REMEDIES: Readonly<Record<string, string>> = {
  [HELD_BY_REQUEST]: 'Run "imagepipeline account resume" when the reason is gone, then run the item again.',
  [DAY_BUDGET_USED]:
    'Wait until midnight UTC, or allow more with "imagepipeline account budget"; then run the item again.',
};

/** `null` for the code of a failure. */
export function holdRemedy(code: string): string | null {
  return getOwn(REMEDIES, code) ?? null;
}

export function isHoldCode(code: string): boolean {
  return holdRemedy(code) !== null;
}

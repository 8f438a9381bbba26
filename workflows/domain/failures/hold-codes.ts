/** Codes of holds that no failure has led to. */
import { getOwn } from '../base/own-value';

export const HELD_BY_REQUEST = 'HELD_BY_REQUEST';
export const DAY_BUDGET_USED = 'DAY_BUDGET_USED';
/** Submissions in a row whose answers were lost. */
export const ANSWERS_LOST = 'ANSWERS_LOST';

/** What a person should do about an item that failed with one of them. */
const REMEDIES: Readonly<Record<string, string>> = {
  [HELD_BY_REQUEST]: 'Run "imagepipeline account resume" when the reason is gone, then run the item again.',
  [DAY_BUDGET_USED]:
    'Wait until midnight UTC, or allow more with "imagepipeline account budget"; then run the item again.',
  [ANSWERS_LOST]:
    'Check what lies between the workers and the API (proxy, firewall, time limits): requests arrive and their answers do ' +
    'not, so jobs may be made and paid. One item is tried again up to three times, then "imagepipeline account resume" sends one.',
};

/** `null` for the code of a failure. */
export function holdRemedy(code: string): string | null {
  return getOwn(REMEDIES, code) ?? null;
}

export function isHoldCode(code: string): boolean {
  return holdRemedy(code) !== null;
}

/** Why nobody may submit. */
export interface HoldNotice {
  /** A failure code, `HELD_BY_REQUEST`, or `DAY_BUDGET_USED`. */
  readonly code: string;
  /** ISO 8601. */
  readonly since: string;
  /** When it ends by itself, ISO 8601; `null`: not known. */
  readonly until: string | null;
  /** What was met, in the words of whoever met it; `null`: the code says it all. */
  readonly cause: string | null;
  readonly remedy: string;
}

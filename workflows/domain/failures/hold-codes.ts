/** Codes of holds that are not failure codes. */
import { getOwn } from '../base/own-value';

export const HELD_BY_REQUEST = 'HELD_BY_REQUEST';
export const DAY_BUDGET_USED = 'DAY_BUDGET_USED';
/** The balance that answers report is below a bound of the account. */
export const BALANCE_LOW = 'BALANCE_LOW';
/** The account spends only in certain hours of the day, and it is another one. */
export const OUTSIDE_HOURS = 'OUTSIDE_HOURS';
/** Several submissions in a row lost their answers. */
export const ANSWERS_LOST = 'ANSWERS_LOST';

/** What a person should do about an item that failed with one of these codes. */
const REMEDIES: Readonly<Record<string, string>> = {
  [HELD_BY_REQUEST]: 'Run "imagepipeline account resume" when the reason is resolved, then run the item again.',
  [DAY_BUDGET_USED]:
    'Wait until midnight UTC, or raise the budget: "imagepipeline account budget". Then run the item again.',
  [BALANCE_LOW]:
    'Top up in the ImagePipeline dashboard, then run "imagepipeline account resume"; or change the bound: ' +
    '"imagepipeline account set --hold-below".',
  [OUTSIDE_HOURS]:
    'Run the item again when the account opens; one that waits is started with --wait-for-account (waitWhileHeld in the library ' +
    'and over HTTP). To change the hours: "imagepipeline account set --hours any".',
  [ANSWERS_LOST]:
    'Check the network between the workers and the API (proxy, firewall, timeouts): requests arrive but their answers are ' +
    'lost, so jobs may be created and charged. Up to three probes are sent automatically, further ones by "imagepipeline account resume".',
};

export const HOLD_CODES: readonly string[] = Object.keys(REMEDIES);

/** Returns `null` for a failure code. */
export function holdRemedy(code: string): string | null {
  return getOwn(REMEDIES, code) ?? null;
}

/** Commands other than `account resume` that end a hold; that one has no effect on these. */
const COMMANDS: Readonly<Record<string, string>> = {
  [DAY_BUDGET_USED]: 'account budget --submissions N',
  [OUTSIDE_HOURS]: 'account set --hours any',
};

/** The command that ends a hold, without the name of the program. */
export function findHoldCommand(code: string): string {
  return getOwn(COMMANDS, code) ?? 'account resume';
}

/** Whether `account resume` has an effect on a hold. */
export function isEndedByResume(code: string): boolean {
  return getOwn(COMMANDS, code) === undefined;
}

export function isHoldCode(code: string): boolean {
  return holdRemedy(code) !== null;
}

/** Why the account may not submit. */
export interface HoldNotice {
  /** A failure code, or one of the hold codes. */
  readonly code: string;
  /** ISO 8601. */
  readonly since: string;
  /** When it ends automatically, ISO 8601; `null` if unknown. */
  readonly until: string | null;
  /** What was observed, as reported, or the reason of a hold by request; `null` if the code is sufficient. */
  readonly cause: string | null;
  readonly remedy: string;
}

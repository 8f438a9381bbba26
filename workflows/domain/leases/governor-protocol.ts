/** Messages between the governor of an account and the holders of its permits, and their names. */
import type { HoldNotice } from '../failures/hold-codes';
import type { DayMemory, SpendingReport } from '../money/day-budget';
import type { FoundLimits, PaceBounds } from '../pace/pace';
import { NO_FEEDBACK } from './feedback';
import type { Grant, LeaseReport } from './lease';

/** Account used if none is given. */
export const DEFAULT_ACCOUNT = 'default';

/** `~` occurs in no key and no batch id, so the governor's workflow id is unique. */
export function governorWorkflowId(account: string): string {
  return `~account/${account}`;
}

/** Workflow type of the governor. */
export const ACCOUNT_TYPE = 'imagePipelineAccount';

/**
 * Temporal's priority for workflows that many items, or a person, wait for: the task queue may hold thousands of tasks of
 * items, which have the default, 3. The range is 1 to 5, 1 goes first; a server without priorities ignores it.
 */
export const BEFORE_ITEMS = { priorityKey: 1 };

/** Options for starting the governor together with a holder's first message. */
export function buildGovernorStart(account: string, taskQueue: string, bounds?: PaceBounds) {
  return {
    workflowId: governorWorkflowId(account),
    taskQueue,
    args: [{ account, ...(bounds === undefined ? {} : { bounds }) }],
    staticSummary: 'Limits, shares and holds of an account',
    priority: BEFORE_ITEMS,
  };
}

export const GRANT_SIGNAL = 'grant';
export const HOLDER_REPORT_SIGNAL = 'holderReport';
export const STORE_REPORT_SIGNAL = 'storeReport';
export const RE_REGISTER_SIGNAL = 'reRegister';
export const ACCOUNT_STATUS_QUERY = 'accountStatus';
export const REQUEST_PERMITS_UPDATE = 'requestPermits';

export type HolderKind = 'batch' | 'item';

/** A holder's report about itself. */
export interface HolderReport extends LeaseReport, SpendingReport {
  /** Its workflow id. */
  readonly holder: string;
  readonly kind: HolderKind;
  /** Its share beside others of its kind, > 0. */
  readonly weight: number;
  /** Jobs that it could have in flight now. */
  readonly wants: number;
  /** It holds nothing and wants nothing any more. */
  readonly leaving: boolean;
  /** Of a single image: it waits while the account is held. Default false. */
  readonly waits?: true;
  /** It has just begun, and knows nothing of what others of its id were told. Default false. */
  readonly isNew?: true;
  /** What it last heard of the limits: a governor that has lost its memory starts from there. */
  readonly remembered: Remembered | null;
  /** What the worker's settings say of the plan; absent if they were not read. */
  readonly bounds?: PaceBounds;
}

/** What a single item reports by asking for its permit. */
export function toItemReport(holder: string, waits = false): HolderReport {
  const nothing = { held: 0, inFlight: 0, grantSeen: 0, paceSeen: 0, feedback: NO_FEEDBACK };
  return {
    holder,
    kind: 'item',
    weight: 1,
    wants: 1,
    ...nothing,
    leaving: false,
    remembered: null,
    ...(waits ? { waits } : {}),
  };
}

/** What holders keep for a governor that comes after this one. */
export interface Remembered extends FoundLimits {
  readonly day?: DayMemory;
}

/** From a worker that cannot store results, or can again. */
export interface StoreReport {
  /** What the store says; `null`: a result was stored. */
  readonly problem: string | null;
}

/** What the governor answers; the newest one counts. */
export interface AccountGrant extends Grant {
  /** Why it has no permits; `null`: others have them all, or it has some. */
  readonly hold: HoldNotice | null;
  readonly remembered: Remembered;
}

/** From a single image that wants a permit. */
export interface PermitAsk {
  /** Its workflow id. */
  readonly holder: string;
  /** It waits while the account is held; else it wants to hear of the hold. */
  readonly waits: boolean;
  /** Something of it was sent before, so that it is on its way. Default false. */
  readonly again?: true;
}

/** From a worker, for single images that want a permit. */
export interface AskRequest {
  readonly asks: readonly PermitAsk[];
  /** What the worker's settings say of the plan. */
  readonly bounds: PaceBounds;
}

/** Whether a single image may submit now; `queued`: the governor calls it. */
export interface AskAnswer {
  readonly answer: 'granted' | 'queued' | 'held';
  /** It goes ahead to see whether the account can go on. */
  readonly isProbe: boolean;
  /** Why it is held. */
  readonly hold: HoldNotice | null;
  /** How long a queued item waits at least before it asks again, in ms; 0 if it is not queued. */
  readonly askAgainMs: number;
}

/** Messages between the governor of an account and the holders of its permits, and their names. */
import type { HoldNotice } from '../failures/hold-codes';
import type { DayMemory, SpendingReport } from '../money/day-budget';
import type { FoundLimits, PaceBounds } from '../pace/pace';
import { NO_FEEDBACK } from './feedback';
import { isAnyProbed } from './held-operations';
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
  /** Its share relative to others of its kind, > 0. */
  readonly weight: number;
  /** Number of jobs that it could have in flight now. */
  readonly wants: number;
  /** Whether it deregisters: it holds nothing and wants nothing more. */
  readonly leaving: boolean;
  /** For a single item: whether it waits while the account is held. */
  readonly waits: boolean;
  /** Whether it has just started, without the grants of an earlier run of its id. */
  readonly isNew: boolean;
  /** The limits and the rest that it last received, from which a governor without state starts. */
  readonly remembered: Remembered | null;
  /** Limits of the plan from the worker's settings; `null`: not read. */
  readonly bounds: PaceBounds | null;
  /** Operation of a single item; `null` for a batch. */
  readonly operation: string | null;
}

/** The report that a single item makes by requesting its permit. */
export function toItemReport(holder: string, waits = false, operation: string | null = null): HolderReport {
  const nothing = { held: 0, inFlight: 0, scheduled: 0, unanswered: 0, grantSeen: 0, paceSeen: 0, needsFunds: false };
  const unsaid = { remembered: null, bounds: null, spent: null, allowed: null, price: null, billingOutcome: null };
  const lease = { ...nothing, feedback: NO_FEEDBACK };
  const item = { holder, kind: 'item', operation, weight: 1, wants: 1 } as const;
  return { ...item, ...lease, leaving: false, waits, isNew: false, ...unsaid };
}

/** What holders remember for a later governor. */
interface Remembered extends FoundLimits {
  /** Until when the provider asked for rest, in ms since the epoch. Absent or `null`: it did not. */
  readonly restUntil?: number | null;
  /** `null` without a daily budget. */
  readonly day: DayMemory | null;
}

/** Sent by a worker that cannot store results, or can again. */
export interface StoreReport {
  /** The store's error message; `null`: a result was stored. */
  readonly problem: string | null;
}

/** Sent by the governor to a holder; the newest one counts. */
export interface AccountGrant extends Grant {
  /** Why it has no permits; `null` if it has some, or others have them all. */
  readonly hold: HoldNotice | null;
  readonly remembered: Remembered;
  /** Why operations are held; absent if none is. */
  readonly operationHolds?: readonly OperationHoldNotice[];
}

/** Whether a single item with this grant probes the account or its operation. */
export function isProbeGrant(grant: AccountGrant): boolean {
  return grant.probe || isAnyProbed(grant);
}

/** Why items of one operation wait. */
export interface OperationHoldNotice extends HoldNotice {
  readonly operation: string;
}

/** A permit request of a single item. */
export interface PermitAsk {
  /** Its workflow id. */
  readonly holder: string;
  /** Whether it waits while the account is held, instead of being rejected. */
  readonly waits: boolean;
  /** Whether it has submitted before. */
  readonly again: boolean;
  readonly operation: string;
}

/** Permit requests of a worker's single items. */
export interface AskRequest {
  readonly asks: readonly PermitAsk[];
  /** Limits of the plan from the worker's settings. */
  readonly bounds: PaceBounds;
}

/** Whether a single item may submit now; `queued`: the governor grants a permit later. */
export interface AskAnswer {
  readonly answer: 'granted' | 'queued' | 'held';
  /** Whether it is submitted as a probe. */
  readonly isProbe: boolean;
  /** Why the account is held. */
  readonly hold: HoldNotice | null;
  /** Minimum wait before a queued item requests again, in ms; 0 if it is not queued. */
  readonly askAgainMs: number;
}

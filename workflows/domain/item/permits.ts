/** Permits: the right of an item to have a job in flight. */
import type { ProviderFeedback } from '../leases/feedback';
import type { BillingOutcome } from '../money/spending';
import type { AskTerms } from './activity-contract';
import type { ItemEnd } from './decide-next';

/** An item's request for a permit. */
export interface PermitRequest {
  /** Whether the item has waited before; such items go first. */
  readonly again: boolean;
  /** Number of its finished steps; items near their end go first. Default 0. */
  readonly stepsDone?: number;
  /** Whether the item goes last: it was forbidden, and another item shows better whether all are. */
  readonly last?: true;
  /** Operation of the item. */
  readonly operation: string;
  /** Price of the submission, in the unit of the budget; `null` if a job is read and nothing submitted. */
  readonly price: number | null;
  /** The item's deadline, in ms since the epoch; `null` if its time has not begun. */
  readonly deadlineAt: number | null;
  /** Whether a job submitted by this run is read. Default false. */
  readonly isInFlight?: true;
}

/**
 * Proceed after `waitMs`, or end because nothing may be submitted any more; `end` is `null` if the request was withdrawn.
 */
export type PermitDecision =
  | ({ readonly go: true } & SubmitTerms)
  | { readonly go: false; readonly end: ItemEnd | null };

/** Terms of a submission. */
export interface SubmitTerms {
  /** Delay before the POST, in ms. */
  readonly waitMs: number;
  /** Whether it is a probe. */
  readonly isProbe: boolean;
  /** Terms on which the activity requests the permit; `null` if it was granted. */
  readonly ask: AskTerms | null;
}

/** How permits are given; the same for as long as they are used. */
export interface PermitPolicy {
  /** Account whose governor the activities report to; `null` if they do not report. */
  readonly account: string | null;
  /** Whether waiting for a permit does not count as the item's time. */
  readonly stopsClock: boolean;
  /** Whether permits are granted again when pace or account allow, so an account-wide refusal ends no item. */
  readonly isGoverned: boolean;
  /** Who retries account-wide refusals: `permits`, or `server` by the retry policy. */
  readonly retriedBy: 'permits' | 'server';
}

/** What an item did with its permit. */
export interface PermitUse {
  readonly billingOutcome: BillingOutcome;
  readonly feedback: ProviderFeedback;
  /** Whether the permit was returned early. */
  readonly isReleasedEarly: boolean;
  /** Whether the next step of the item requests a permit at once: items that have not begun do not get this one. */
  readonly hasNextStep?: true;
  /** Whether the item is in the governor's queue. Default false. */
  readonly isInQueue?: boolean;
  /** How long an item in the queue waits at least before its next request, in ms. Default 0. */
  readonly askAgainMs?: number;
}

export interface Permits {
  readonly policy: PermitPolicy;
  /**
   * Waits for a permit.
   *
   * @param beginUpload begins to upload the item's files. Called when the item is among the next, and again if submissions
   * were revoked meanwhile. Default: it has no files, or uploads them when it has its permit
   */
  acquire(permitRequest: PermitRequest, beginUpload?: () => void): Promise<PermitDecision>;
  /** Returns a permit. A permit refused by the limit stays unused until the governor has replied. */
  release(permitRequest: PermitRequest, use: PermitUse): void;
  /** Resolves when nothing may be submitted for now; `null` if that never happens. */
  readonly revoked: Promise<void> | null;
  /** Whether submissions have stopped for good. */
  readonly isOver: boolean;
  /** Decisions that items with the same permits take together; `null` if one item has them for itself. */
  readonly shared: SharedPermits | null;
}

/** What the items of a page share while they use their permits. */
export interface SharedPermits {
  /** Records an accepted job. */
  onAccepted(permitRequest: PermitRequest): void;
  /** Records that the files of a waiting item are uploaded. */
  onUploaded(permitRequest: PermitRequest): void;
  /** Withdraws the request of a waiting item whose upload failed. Does nothing if the item has its permit. */
  withdraw(permitRequest: PermitRequest, toFeedback: () => ProviderFeedback): void;
  /** Records that a callback named the job of a submission whose answer was lost. */
  onJobFound(): void;
  /** Whether another item was forbidden too, which means that the key is refused. Call once per refusal. */
  isKeyRefused(item: string): boolean;
  /** Returns the permit early: the job is reported as ended, so another may be in flight during the download. */
  releaseEarly(): void;
  /**
   * Whether a submission of unknown outcome may be repeated, at the risk of a second payment. Call once per submission.
   */
  mayDuplicate(): boolean;
}

/** Carried to the next run of the workflow. */
export interface CarriedPermits {
  readonly isQueued: boolean;
  readonly patienceMs: number;
}

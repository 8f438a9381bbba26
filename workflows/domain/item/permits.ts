/** The right of one item to have a job in flight. */
import type { ProviderFeedback } from '../leases/feedback';
import type { BillingOutcome } from '../money/spending';
import type { AskTerms } from './activity-contract';
import type { ItemEnd } from './decide-next';

/** What an item wants a permit for. */
export interface PermitRequest {
  /** Items that have waited before go first. */
  readonly again: boolean;
  /** It goes behind all others: it was forbidden, and another item shows better whether all are. */
  readonly last?: true;
  /** What the submission costs, in the unit of the budget; `null`: nothing is submitted, a job is looked after. */
  readonly price: number | null;
  /** When the item's time is over, in ms since the epoch; `null`: it has not begun. */
  readonly deadlineAt: number | null;
  /** A job that this run has made is looked after. Default false. */
  readonly isInFlight?: true;
}

/** Go, after `waitMs`; or end, since nothing may be submitted any more. */
export type PermitDecision = ({ readonly go: true } & SubmitTerms) | { readonly go: false; readonly end: ItemEnd };

/** How a submission is to be sent. */
export interface SubmitTerms {
  /** Before the POST, in ms. */
  readonly waitMs: number;
  /** It goes ahead to see whether the account can go on. */
  readonly isProbe: boolean;
  /** Who decides when what was refused for everybody goes again: `permits`, or `server`, by the retry policy. */
  readonly retriedBy: 'permits' | 'server';
  /** The permit is asked for by the activity; `null`: it was given. */
  readonly ask: AskTerms | null;
}

export interface Permits {
  /** Waits for a permit. */
  acquire(permitRequest: PermitRequest): Promise<PermitDecision>;
  /** Gives a permit back. A permit that met the limit is not given out again before the governor has answered. */
  release(
    permitRequest: PermitRequest,
    billingOutcome: BillingOutcome,
    feedback: ProviderFeedback,
    isReleasedEarly: boolean,
  ): void;
  /** A job was accepted. */
  onAccepted(permitRequest: PermitRequest): void;
  /** A callback has told the job of a submission whose answer was lost. */
  onJobFound(): void;
  /** Whether an item that is forbidden is not the only one, so that the key is refused; asked once for each time. */
  isKeyRefused(item: string): boolean;
  /** A job is said to have ended, so that another may be in flight while its result is fetched. */
  releaseEarly(): void;
  /** Whether a submission of unknown outcome may be sent again, at the risk of a second payment; asked once for each. */
  mayDuplicate(): boolean;
  /** Resolves when nothing further may be submitted for now; `null` where that never happens. */
  readonly revoked: Promise<void> | null;
  /** Nothing is submitted for good. */
  readonly isOver: boolean;
  /** Whose governor the activities tell of what they see; `null`: they do not. */
  readonly account: string | null;
  /** Whether an item's time stands still while it waits for a permit. */
  readonly stopsClock: boolean;
  /** Permits are given out again when the pace or the account allows it, so that a refusal for all is nobody's end. */
  readonly isGoverned: boolean;
}

/** For the next run of the workflow. */
export interface CarriedPermits {
  readonly isQueued: boolean;
  readonly patienceMs: number;
}

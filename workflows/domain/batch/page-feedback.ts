/** What a page has to tell besides its outcomes: how the provider took what it sent. Collected until it is told. */
import { addFeedback, countRefusals, isUrgent, NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';
import type { PageGrant, PageNote } from './batch-schedule';

/** What is looked at to know whether there is something to tell. */
export interface PageSnapshot {
  readonly pageGrant: PageGrant;
  /** Items that have a permit, and of these those with an accepted job. */
  readonly held: number;
  readonly inFlight: number;
  /** Of those with a permit, items that are sent when their time comes, which is soon. */
  readonly scheduled: number;
  /** All permits are in use, and work waits. */
  readonly isSaturated: boolean;
  readonly needsFunds: boolean;
}

export class PageFeedback {
  private feedback: ProviderFeedback = NO_FEEDBACK;
  /** The change of pace that was known when the oldest refusal in `feedback` was met. */
  private paceSeen = 0;
  /** Permits were taken away, and nobody knows yet that they are free. */
  private mustReturnPermits = false;
  /** Numbers of the orders about which these were told last; -1: about none. */
  private reportedSaturated = -1;
  private reportedNeed = -1;

  constructor(private readonly look: () => PageSnapshot) {}

  add(feedback: ProviderFeedback): void {
    const { pageGrant } = this.look();
    if (countRefusals(this.feedback.refusals) === 0) this.paceSeen = pageGrant.pacing.paceChange;
    this.feedback = {
      ...addFeedback(this.feedback, feedback),
      saturated: this.feedback.saturated || this.isSaturated(),
    };
  }

  /** New orders have come in the place of those. */
  onGrant({ permits }: PageGrant): void {
    const { held, pageGrant } = this.look();
    this.mustReturnPermits = this.mustReturnPermits || pageGrant.permits < Math.max(permits, held);
    this.feedback = { ...this.feedback, saturated: false };
  }

  isUrgent(): boolean {
    const { pageGrant, held, needsFunds } = this.look();
    // Others wait for what was taken from this page, and for what it would spend.
    if (this.mustReturnPermits && held <= pageGrant.permits) return true;
    if (needsFunds !== (this.reportedNeed === pageGrant.number)) return true;
    if (this.reportedSaturated < pageGrant.number && (this.feedback.saturated || this.isSaturated())) return true;
    const { reportAfter = Number.POSITIVE_INFINITY } = pageGrant.pacing;
    return isUrgent(this.feedback) || this.feedback.accepted >= Math.max(1, reportAfter);
  }

  /** Gives what was not told yet; it is told once. */
  take(part: number): PageNote {
    const { pageGrant, held, inFlight, scheduled, needsFunds } = this.look();
    const saturated = this.feedback.saturated || this.isSaturated();
    if (saturated) this.reportedSaturated = pageGrant.number;
    this.reportedNeed = needsFunds ? pageGrant.number : -1;
    if (held <= pageGrant.permits) this.mustReturnPermits = false;
    const { feedback, paceSeen } = this;
    this.feedback = NO_FEEDBACK;
    const seen = countRefusals(feedback.refusals) > 0 ? paceSeen : pageGrant.pacing.paceChange;
    const unanswered = Math.max(0, held - inFlight - scheduled);
    const rest = { ...(scheduled === 0 ? {} : { scheduled }), ...(unanswered === 0 ? {} : { unanswered }) };
    const snapshot = { held, inFlight, ...rest, needsFunds, paceSeen: seen };
    return { part, number: pageGrant.number, ...snapshot, feedback: { ...feedback, saturated } };
  }

  /** All permits are accepted and in flight, or about to be, and work waits. */
  private isSaturated(): boolean {
    const { pageGrant, isSaturated, inFlight, scheduled } = this.look();
    return isSaturated && inFlight + scheduled >= pageGrant.permits;
  }
}

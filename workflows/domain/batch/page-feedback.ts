/** What a page has to report besides its outcomes: how the provider took what it sent. Collected until it is reported. */
import { addFeedback, countRefusals, NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';
import type { LeaseReport } from '../leases/lease';
import { countGrant, isReportUrgent, type LastReport, NOTHING_REPORTED, toLastReport } from '../leases/report-throttle';
import type { PageGrant, PageLeaseReport } from './page-protocol';

/** What is looked at to know whether there is something to report. */
export interface PageSnapshot {
  readonly grant: PageGrant;
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
  private last: LastReport = NOTHING_REPORTED;

  constructor(private readonly look: () => PageSnapshot) {}

  add(feedback: ProviderFeedback): void {
    const snapshot = this.look();
    if (countRefusals(this.feedback.refusals) === 0) this.paceSeen = snapshot.grant.paceChange;
    const saturated = this.feedback.saturated || isAllInFlight(snapshot);
    this.feedback = { ...addFeedback(this.feedback, feedback), saturated };
  }

  /** Another grant has come in the place of this one. */
  onGrant(before: PageGrant): void {
    this.last = countGrant(this.last, before);
    this.feedback = { ...this.feedback, saturated: false };
  }

  isUrgent(): boolean {
    const snapshot = this.look();
    // What is accepted is told by the page's reports, which come by themselves.
    return isReportUrgent(this.last, this.toReport(snapshot), snapshot.grant, Number.POSITIVE_INFINITY);
  }

  /** Gives what was not reported yet; it is reported once. */
  take(part: number): PageLeaseReport {
    const snapshot = this.look();
    const report = this.toReport(snapshot);
    this.last = toLastReport(this.last, report, snapshot.grant);
    this.feedback = NO_FEEDBACK;
    return { part, ...report };
  }

  private toReport(snapshot: PageSnapshot): LeaseReport {
    const { grant, held, inFlight, scheduled, needsFunds } = snapshot;
    const { feedback } = this;
    const unanswered = Math.max(0, held - inFlight - scheduled);
    return {
      grantSeen: grant.number,
      held,
      inFlight,
      ...(scheduled === 0 ? {} : { scheduled }),
      ...(unanswered === 0 ? {} : { unanswered }),
      needsFunds,
      paceSeen: countRefusals(feedback.refusals) > 0 ? this.paceSeen : grant.paceChange,
      feedback: { ...feedback, saturated: feedback.saturated || isAllInFlight(snapshot) },
    };
  }
}

/** All permits are accepted and in flight, or about to be, and work waits. */
function isAllInFlight({ grant, isSaturated, inFlight, scheduled }: PageSnapshot): boolean {
  return isSaturated && inFlight + scheduled >= grant.permits;
}

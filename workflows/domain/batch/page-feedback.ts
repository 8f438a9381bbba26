/** Collects a page's feedback about the provider until it is reported. */
import { addFeedback, countRefusals, NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';
import type { BlockedItems } from '../leases/held-operations';
import type { LeaseReport } from '../leases/lease';
import { countGrant, isReportUrgent, type LastReport, NOTHING_REPORTED, toLastReport } from '../leases/report-throttle';
import type { PageGrant, PageLeaseReport } from './page-protocol';

/** The values that decide whether a report is due. */
export interface PageSnapshot {
  readonly grant: PageGrant;
  /** Items with a permit, and those of them with an accepted job. */
  readonly held: number;
  readonly inFlight: number;
  /** Items with a permit that will be sent when the rate allows, which is soon. */
  readonly scheduled: number;
  /** Whether all permits are in use while work waits. */
  readonly isSaturated: boolean;
  readonly needsFunds: boolean;
  readonly blocked: BlockedItems;
  readonly openCost: number;
}

export class PageFeedback {
  private feedback: ProviderFeedback = NO_FEEDBACK;
  /** Change of pace known at the oldest refusal in `feedback`. */
  private paceSeen = 0;
  private last: LastReport = NOTHING_REPORTED;

  constructor(private readonly look: () => PageSnapshot) {}

  add(feedback: ProviderFeedback): void {
    const snapshot = this.look();
    if (countRefusals(this.feedback.refusals) === 0) this.paceSeen = snapshot.grant.paceChange;
    const saturated = this.feedback.saturated || isAllInFlight(snapshot);
    this.feedback = { ...addFeedback(this.feedback, feedback), saturated };
  }

  /** Another grant replaced this one. */
  onGrant(before: PageGrant): void {
    this.last = countGrant(this.last, before);
    this.feedback = { ...this.feedback, saturated: false };
  }

  isUrgent(): boolean {
    const snapshot = this.look();
    // Acceptances need no extra report: the page's regular reports contain them.
    return isReportUrgent(this.last, this.toReport(snapshot), snapshot.grant, Number.POSITIVE_INFINITY);
  }

  /** Returns and clears the unreported feedback. */
  take(part: number): PageLeaseReport {
    const snapshot = this.look();
    const report = this.toReport(snapshot);
    this.last = toLastReport(this.last, report, snapshot.grant);
    this.feedback = NO_FEEDBACK;
    return { part, ...report };
  }

  private toReport(snapshot: PageSnapshot): LeaseReport {
    const { grant, held, inFlight, scheduled, needsFunds, blocked, openCost } = snapshot;
    const { feedback } = this;
    return {
      grantSeen: grant.number,
      held,
      inFlight,
      scheduled,
      unanswered: Math.max(0, held - inFlight - scheduled),
      needsFunds,
      paceSeen: countRefusals(feedback.refusals) > 0 ? this.paceSeen : grant.paceChange,
      feedback: { ...feedback, saturated: feedback.saturated || isAllInFlight(snapshot) },
      ...(Object.keys(blocked).length === 0 ? {} : { blocked }),
      ...(openCost === 0 ? {} : { openCost }),
    };
  }
}

/** Whether all permits are in flight, or about to be, while work waits. */
function isAllInFlight({ grant, isSaturated, inFlight, scheduled }: PageSnapshot): boolean {
  return isSaturated && inFlight + scheduled >= grant.permits;
}

/** What the answers since the last accepted submission say about the next one: lost, refused by the limit, forbidden. */
import type { PermitRequest } from '../item/permits';
import { MAX_LOST_IN_A_ROW } from '../leases/fault-streaks';
import { addForbidden, countLost, NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';

/** Refusals in a row by the limit of jobs in flight after which the limit has fallen: each further one is in vain. */
const MAX_REFUSED_IN_A_ROW = 2;

export class AnswerStreaks {
  /** Lost answers in a row. The account may count fewer; it grants permits by its own count. */
  private lost = 0;
  /** Submissions since then that are in flight. */
  private readonly trials = new Set<PermitRequest>();
  /** Submissions refused by the limit of jobs in flight. */
  private refused = 0;
  private readonly unanswered = new Set<PermitRequest>();
  private forbidden: readonly string[] = [];

  /**
   * While answers are being lost, sends only enough to find out whether all of them are. After a refusal, one submission shows
   * whether the next is accepted.
   */
  canTry({ price }: PermitRequest): boolean {
    if (price === null) return true;
    if (this.refused > 0 && this.unanswered.size > 0) return false;
    return this.lost === 0 || this.lost + this.trials.size < MAX_LOST_IN_A_ROW;
  }

  begin(permitRequest: PermitRequest): void {
    if (permitRequest.price === null) return;
    this.unanswered.add(permitRequest);
    if (this.lost > 0) this.trials.add(permitRequest);
  }

  end(permitRequest: PermitRequest): void {
    this.unanswered.delete(permitRequest);
    this.trials.delete(permitRequest);
  }

  /** Returns whether others may be sent that were held back. */
  onAccepted(permitRequest: PermitRequest): boolean {
    const isHeldBack = this.refused > 0 || this.lost > 0;
    this.unanswered.delete(permitRequest);
    this.forgetLost();
    this.refused = 0;
    this.forbidden = [];
    return isHeldBack;
  }

  countLost(feedback: ProviderFeedback): void {
    this.lost = countLost(this.lost, feedback);
  }

  /** Counts refusals by the limit of jobs in flight; returns whether it has fallen. */
  countRefused({ refusals: { concurrency } }: ProviderFeedback): boolean {
    this.refused += concurrency;
    return concurrency > 0 && this.refused >= MAX_REFUSED_IN_A_ROW;
  }

  /** Whether another item was forbidden too. */
  isOtherForbidden(item: string): boolean {
    const isOther = this.forbidden.some((one) => one !== item);
    this.forbidden = addForbidden(this.forbidden, { ...NO_FEEDBACK, forbidden: [item] });
    return isOther;
  }

  /** By a grant that says whether the account's answers are being lost. */
  applyGrant({ answersLost, probe }: { readonly answersLost: boolean; readonly probe: boolean }): void {
    if (answersLost) this.lost = Math.min(this.lost, MAX_LOST_IN_A_ROW - 1);
    else if (!probe) this.forgetLost();
  }

  private forgetLost(): void {
    this.lost = 0;
    this.trials.clear();
  }
}

/** The page's items that wait for a permit, in the order in which they proceed. */
import type { PermitDecision, PermitRequest } from '../item/permits';

export interface Waiter {
  readonly permitRequest: PermitRequest;
  readonly resolve: (decision: PermitDecision) => void;
}

export class PermitQueue {
  /** Items with more finished steps first: they are paid in part. */
  private readonly again: Waiter[] = [];
  private readonly first: Waiter[] = [];
  private readonly last: Waiter[] = [];

  get length(): number {
    return this.again.length + this.first.length + this.last.length;
  }

  /** The first item that may proceed. */
  find(mayProceed: (permitRequest: PermitRequest) => boolean): Waiter | undefined {
    for (const lane of this.lanes) {
      const found = lane.find(({ permitRequest }) => mayProceed(permitRequest));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  add(waiter: Waiter): void {
    const { again, last, stepsDone = 0 } = waiter.permitRequest;
    const queue = last === true ? this.last : again ? this.again : this.first;
    const index = queue.findIndex(({ permitRequest }) => (permitRequest.stepsDone ?? 0) < stepsDone);
    queue.splice(index < 0 ? queue.length : index, 0, waiter);
  }

  remove(waiter: Waiter): void {
    for (const lane of this.lanes) {
      const index = lane.indexOf(waiter);
      if (index >= 0) lane.splice(index, 1);
    }
  }

  takeAll(): readonly Waiter[] {
    return this.lanes.flatMap((lane) => lane.splice(0));
  }

  /** In the order in which their items proceed. */
  private get lanes(): readonly Waiter[][] {
    return [this.again, this.first, this.last];
  }
}

/** The page's items that wait for a permit, in the order in which they proceed. */
import type { PermitDecision, PermitRequest } from '../item/permits';

export interface Waiter {
  readonly permitRequest: PermitRequest;
  readonly resolve: (decision: PermitDecision) => void;
}

export class PermitQueue {
  private readonly again: Waiter[] = [];
  private readonly first: Waiter[] = [];
  private readonly last: Waiter[] = [];

  get length(): number {
    return this.again.length + this.first.length + this.last.length;
  }

  /** The next item to proceed. */
  get next(): Waiter | undefined {
    return this.front[0];
  }

  add(waiter: Waiter): void {
    const { again, last } = waiter.permitRequest;
    const queue = last === true ? this.last : again ? this.again : this.first;
    queue.push(waiter);
  }

  shift(): Waiter | undefined {
    return this.front.shift();
  }

  takeAll(): readonly Waiter[] {
    return [...this.again.splice(0), ...this.first.splice(0), ...this.last.splice(0)];
  }

  private get front(): Waiter[] {
    return [this.again, this.first].find(({ length }) => length > 0) ?? this.last;
  }
}

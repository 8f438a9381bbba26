/** The page's items that wait for a permit, in the order in which they proceed. */
import type { PermitDecision, PermitRequest } from '../item/permits';
import { PageUploads } from './page-uploads';

type MayProceed = (permitRequest: PermitRequest) => boolean;

export interface Waiter {
  readonly permitRequest: PermitRequest;
  readonly resolve: (decision: PermitDecision) => void;
  /** Begins to upload the item's files. `undefined`: nothing is to be uploaded before it has its permit. */
  readonly beginUpload: (() => void) | undefined;
}

export class PermitQueue {
  /** Items with more finished steps first: they are paid in part. */
  private readonly again: Waiter[] = [];
  private readonly first: Waiter[] = [];
  private readonly last: Waiter[] = [];
  private readonly uploads = new PageUploads<Waiter>();

  get length(): number {
    return this.again.length + this.first.length + this.last.length;
  }

  /** The first item that may proceed. */
  find(mayProceed: MayProceed): Waiter | undefined {
    for (const waiter of this.inOrder()) if (mayProceed(waiter.permitRequest)) return waiter;
    return undefined;
  }

  /**
   * Of the first `count` items that may proceed, the first that needs no upload or has made it. No item behind these goes, so
   * that few items are paid in part; one more while an upload of these is slow.
   */
  findUploaded(count: number, now: number, mayProceed: MayProceed): Waiter | undefined {
    const first = this.findFirst(count, mayProceed);
    const slowAt = this.uploads.findSlowAt(first);
    const all = slowAt !== null && slowAt <= now ? this.findFirst(count + 1, mayProceed) : first;
    return all.find((waiter) => this.uploads.isReady(waiter));
  }

  /** When one more item may go, because an upload of the first `count` is slow, in ms since the epoch; `null` if never. */
  findSlowUploadAt(count: number, mayProceed: MayProceed): number | null {
    return this.uploads.findSlowAt(this.findFirst(count, mayProceed));
  }

  /** Begins the uploads of the first `count` items that may proceed. */
  beginUploads(count: number, now: number, mayProceed: MayProceed): void {
    this.uploads.begin(this.findFirst(count, mayProceed), now);
  }

  finishUpload(permitRequest: PermitRequest): void {
    const waiter = this.find((one) => one === permitRequest);
    if (waiter !== undefined) this.uploads.finish(waiter);
  }

  /** Uploads under way are cancelled; they begin again when their items are among the first. */
  revokeUploads(): void {
    this.uploads.revoke();
  }

  private findFirst(count: number, mayProceed: MayProceed): readonly Waiter[] {
    const found: Waiter[] = [];
    for (const waiter of this.inOrder()) {
      if (found.length >= count) break;
      if (mayProceed(waiter.permitRequest)) found.push(waiter);
    }
    return found;
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
    this.uploads.forget(waiter);
  }

  takeAll(): readonly Waiter[] {
    this.uploads.clear();
    return this.lanes.flatMap((lane) => lane.splice(0));
  }

  private *inOrder(): Generator<Waiter> {
    for (const lane of this.lanes) yield* lane;
  }

  /** In the order in which their items proceed. */
  private get lanes(): readonly Waiter[][] {
    return [this.again, this.first, this.last];
  }
}

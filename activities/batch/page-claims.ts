/**
 * Whether the run of a page that asks for a submission is the one that has begun its part. An operator who resets a page makes a
 * new run of it, which repeats what the first has submitted.
 */
import { newSupersededFailure } from '../../workflows/domain/item/application-failure';
import type { RowReference } from '../../workflows/domain/item/item';
import type { BatchStore } from '../store/batch-store';

/** Pages of a worker that are under way at the same time, as a rule. */
const MAX_CLAIMS = 64;

export class PageClaims {
  /** What was found to be right stays so for as long as that run goes on. */
  private readonly known = new Set<string>();

  /**
   * @throws ApplicationFailure if another run has the part; nothing may be submitted
   * @throws StoreUnavailable
   */
  async refuseOthers(batches: BatchStore, { batchId, part, pageRun }: RowReference): Promise<void> {
    const claim = `${batchId}/${part}/${pageRun}`;
    if (this.known.has(claim)) return;
    if ((await batches.readBegin(batchId, part)) !== pageRun) throw newSupersededFailure();
    this.known.add(claim);
    for (const oldest of [...this.known].slice(0, -MAX_CLAIMS)) this.known.delete(oldest);
  }
}

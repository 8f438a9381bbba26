/**
 * Checks that the page run that submits is the one that began its part. Resetting a page creates a new run, which would
 * repeat the submissions of the first.
 */
import { newSupersededFailure } from '../../workflows/domain/item/application-failure';
import type { RowReference } from '../../workflows/domain/item/item';
import type { BatchStore } from '../store/batch-store';

/** Maximum claims kept; more than the pages a worker usually runs at once. */
const MAX_CLAIMS = 64;

export class PageClaims {
  /** Verified claims. A claim stays valid for the lifetime of its run. */
  private readonly known = new Set<string>();

  /**
   * @throws ApplicationFailure if another run owns the part; nothing may be submitted
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

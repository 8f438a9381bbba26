/** Uploads the files of an item while it waits for its permit. */
import { CancellationScope } from '@temporalio/workflow';
import type { SubmissionEnd } from '../domain/item/decide-next';
import type { ItemStep } from '../domain/item/item';
import type { ItemRecord } from '../domain/item/item-record';
import type { Permits } from '../domain/item/permits';
import { toUploadEnd, uploadItem } from './upload-item';

/** How long uploaded files may wait for their submission, in ms. After that they are looked at again, and may be uploaded again. */
const MAX_WAIT_MS = 60_000;

interface UploadListener {
  readonly onUploaded: () => void;
  /** Nothing was submitted. */
  readonly onFailed: (end: SubmissionEnd) => void;
}

export class AheadUpload {
  private made: { readonly at: number; readonly rememberedAt: number | null } | null = null;
  private scope: CancellationScope | null = null;
  private readonly waitsSince = Date.now();

  constructor(
    private readonly step: ItemStep,
    private readonly record: ItemRecord,
    private readonly permits: Permits,
    private readonly listener: UploadListener,
  ) {}

  /** The files, if they are uploaded and can be submitted. */
  get usable(): { readonly rememberedAt: number | null } | null {
    return this.made !== null && Date.now() - this.made.at < MAX_WAIT_MS ? this.made : null;
  }

  readonly begin = (): void => {
    void this.run();
  };

  /** Ends an upload under way. */
  stop(): void {
    this.scope?.cancel();
    this.scope = null;
  }

  private async run(): Promise<void> {
    const scope = new CancellationScope();
    this.scope = scope;
    void this.permits.revoked?.then(() => {
      if (this.scope === scope) this.stop();
    });
    try {
      const { rememberedAt } = await scope.run(() => this.upload());
      if (this.scope !== scope) return;
      this.scope = null;
      this.made = { at: Date.now(), rememberedAt };
      this.listener.onUploaded();
    } catch (error) {
      // Revoked, or not needed any more.
      if (this.scope !== scope) return;
      this.scope = null;
      const end = toUploadEnd(error);
      this.listener.onFailed(end.kind === 'cancelled' ? { ...end, byRequest: true } : end);
    }
  }

  /** Waiting for a permit does not count as the item's time. */
  private upload() {
    const { step, record, permits, waitsSince } = this;
    const now = Date.now();
    const deadlineAt = record.deadlineAt === null ? now + step.deadlineMs : record.deadlineAt + (now - waitsSince);
    return uploadItem(step, { ...record, deadlineAt }, null, permits.policy);
  }
}

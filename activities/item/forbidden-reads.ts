/** Status reads that are answered with HTTP 403, as this worker meets them. */
import type { StatusVerdict } from '../imagepipeline/classify-status';

export class ForbiddenReads {
  /** The job that is forbidden; `null` since a status was read. */
  private job: string | null = null;

  /**
   * A job that may not be read may be another key's; a second, different one, with no sound answer between, shows that the
   * key is refused, whatever it is told by.
   */
  judge(jobId: string, verdict: StatusVerdict): StatusVerdict {
    if (verdict.kind !== 'trouble') this.job = null;
    if (verdict.kind !== 'trouble' || verdict.code !== 'FORBIDDEN') return verdict;
    this.job ??= jobId;
    return this.job === jobId ? verdict : { ...verdict, code: 'UNAUTHENTICATED' };
  }
}

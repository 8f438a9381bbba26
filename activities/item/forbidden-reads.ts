/** Judges status reads answered with HTTP 403, across the jobs of this worker. */
import type { StatusVerdict } from '../imagepipeline/classify-status';

export class ForbiddenReads {
  /** The forbidden job; `null` after any successful status read. */
  private job: string | null = null;

  /**
   * One forbidden job may belong to another key. A second, different one with no successful read in between means that
   * the key itself is refused.
   */
  judge(jobId: string, verdict: StatusVerdict): StatusVerdict {
    if (verdict.kind !== 'trouble') this.job = null;
    if (verdict.kind !== 'trouble' || verdict.code !== 'FORBIDDEN') return verdict;
    this.job ??= jobId;
    return this.job === jobId ? verdict : { ...verdict, code: 'UNAUTHENTICATED' };
  }
}

/**
 * An item's runs without Temporal and without a provider: what the workflows decide, over a provider that does as a script
 * says. Whatever the script is, the provider's books show what was charged.
 */
import type { ManifestRow } from '../../activities/store';
import { isProviderFailureCode } from '../../workflows/domain/failures/failures';
import { type JudgedFault, judge } from '../../workflows/domain/failures/fault';
import { decideNext, type ItemEnd, type SubmissionEnd, settleEnd } from '../../workflows/domain/item/decide-next';
import type { ItemReport, ItemResultRow } from '../../workflows/domain/item/item';
import {
  closeSubmission,
  decideTask,
  type ItemRecord,
  NEW_RECORD,
  newRescue,
  openSubmission,
  recordAcceptance,
  submitAfterFetch,
  toReport,
} from '../../workflows/domain/item/item-record';
import { toResultRow } from '../../workflows/domain/item/result-row';

/** What the provider does with a submission. */
export type Answer = 'accepted' | 'lost' | 'lost-unaccepted' | 'INPUT_INVALID' | 'FORBIDDEN';
/** What becomes of a job. */
export type Truth = 'completes' | 'MODEL_ERROR' | 'INPUT_INVALID' | 'CANCELLED' | 'GPU_OOM_17';
/** What reading a job brings. */
export type Reading = 'read' | 'JOB_OVERDUE' | 'JOB_NOT_FOUND' | 'RESPONSE_INVALID' | 'RESULT_UNAVAILABLE';
/** How a run ends: by itself, or from outside after so many steps. */
export type Ending = 'by itself' | 'closed as dead' | 'without a word';

export interface ItemScript {
  readonly answers: readonly Answer[];
  readonly truths: readonly Truth[];
  readonly readings: readonly Reading[];
  /** Of each run. */
  readonly endings: readonly Ending[];
}

const RESULT = { file: '/a.png', sha256: 'x', bytes: 1, mimeType: 'image/png', width: 1, height: 1, verified: true };

/** The life of one item over all its runs. */
export class ModelItem {
  /** What the provider's books say of each job. */
  readonly jobs: { readonly id: string; readonly truth: Truth }[] = [];
  private readonly turn = { answer: 0, reading: 0, run: 0 };

  constructor(
    readonly key: string,
    private readonly script: ItemScript,
  ) {}

  get charged(): number {
    return this.jobs.filter(({ truth }) => truth === 'completes').length;
  }

  /** One run; its line, or `null` where it never told its end. */
  run(row: ManifestRow): ItemResultRow | null {
    const ending = take(this.script.endings, this.turn.run++);
    let record = row.jobId === undefined ? NEW_RECORD : newRescue(row.jobId, 0, row.afterFetch);
    let report: ItemReport | null = null;
    // What ends from outside has taken one step at most.
    for (let step = 0; report === null && (ending === 'by itself' || step < 1); step += 1) {
      [record, report] = this.step(record);
    }
    if (report !== null) return toResultRow(this.key, report);
    return ending === 'without a word' ? null : toResultRow(this.key, LOST);
  }

  private step(before: ItemRecord): [ItemRecord, ItemReport | null] {
    const task = decideTask(before);
    const [record, end] = task.do === 'look-after-job' ? this.look(before, task.job.jobId) : this.submit(before);
    const afterFetch = record.rescued?.then ?? null;
    const { length: submissions } = record.submissions;
    const context = {
      leftMs: 1_000,
      submissions,
      isGoverned: false,
      afterFetch,
      isRevoked: false,
      isOver: false,
      mayRenewUploads: false,
    };
    const step = decideNext(end, context);
    if (step.next !== 'end') return [submitAfterFetch(record), null];
    return [record, this.finish(record, step, end)];
  }

  private finish(record: ItemRecord, step: ItemEnd, end: SubmissionEnd): ItemReport {
    return toReport(record, settleEnd(step, record.submissions), end.kind === 'completed' ? end.job : null);
  }

  private submit(before: ItemRecord): [ItemRecord, SubmissionEnd] {
    const record = openSubmission(before);
    const answer = take(this.script.answers, this.turn.answer++);
    if (answer === 'lost-unaccepted') return this.close(record, makeLostAnswer());
    if (answer === 'lost') {
      this.accept();
      return this.close(record, makeLostAnswer());
    }
    if (answer !== 'accepted') return this.close(record, fault(record, answer, 'submit'));
    const jobId = this.accept();
    return this.look(recordAcceptance(record, { jobId, estimatedMs: null, refusals: {} }), jobId);
  }

  private accept(): string {
    const id = `${this.key}-${this.jobs.length + 1}`;
    this.jobs.push({ id, truth: take(this.script.truths, this.jobs.length) });
    return id;
  }

  private look(before: ItemRecord, jobId: string): [ItemRecord, SubmissionEnd] {
    const record = { ...before, pendingJob: null };
    const reading = take(this.script.readings, this.turn.reading++);
    const truth = this.jobs.find(({ id }) => id === jobId)?.truth;
    if (truth === 'completes' && reading === 'read') {
      return this.close(record, { kind: 'completed', job: { result: RESULT, charge: null } });
    }
    if (truth === 'completes' || reading !== 'RESULT_UNAVAILABLE') {
      const code = reading === 'read' ? truth : reading;
      return this.close(record, fault(record, code ?? 'JOB_NOT_FOUND', reading === 'read' ? 'job' : 'read'));
    }
    return this.close(record, fault(record, truth ?? 'JOB_NOT_FOUND', 'job'));
  }

  private close(record: ItemRecord, end: SubmissionEnd): [ItemRecord, SubmissionEnd] {
    return [closeSubmission(record, end), end];
  }
}

export const LOST: ItemReport = {
  result: null,
  jobId: null,
  submissions: [],
  outcome: 'unknown',
  code: 'SUBMIT_OUTCOME_UNKNOWN',
  message: 'The page of this item ended without reporting it.',
};

export function makeLostAnswer(): SubmissionEnd {
  return { kind: 'lost', message: 'the answer was lost', expectsCallback: false };
}

export function fault({ met }: ItemRecord, code: string, origin: JudgedFault['origin']): SubmissionEnd {
  const said = origin === 'job' && !isProviderFailureCode(code) ? { saidRetryable: true } : {};
  return { kind: 'fault', fault: judge({ code, origin, message: 'it failed', ...said }, met, () => 0.5) };
}

export function take<T>(script: readonly T[], index: number): T {
  const value = script[index % script.length];
  if (value === undefined) throw new Error('an empty script');
  return value;
}

/**
 * The runs of an item of several steps without Temporal and without a provider, as `money-model` has those of one step. The
 * provider's books also show of which file each job was made.
 */
import type { ManifestRow } from '../../activities/store';
import { PageItems } from '../../workflows/domain/batch/page-items';
import { EMPTY_TALLY, type Tally } from '../../workflows/domain/batch/tally';
import {
  CANCELLED_BY_REQUEST,
  decideNext,
  type ItemEnd,
  type SubmissionEnd,
  settleEnd,
} from '../../workflows/domain/item/decide-next';
import type { CompletedJob, ItemReport, ItemResultRow, RowStep } from '../../workflows/domain/item/item';
import {
  closeSubmission,
  decideTask,
  finishStep,
  type ItemRecord,
  NEW_RECORD,
  newRescue,
  openSubmission,
  recordAcceptance,
  recordUnsent,
  resumeRecord,
  submitAfterFetch,
  toProgress,
  toReport,
} from '../../workflows/domain/item/item-record';
import { packRecord, unpackRecord } from '../../workflows/domain/item/packed-record';
import type { RecordedStep } from '../../workflows/domain/item/recorded-steps';
import { toResultRow, withAllFiles } from '../../workflows/domain/item/result-row';
import { addSteps } from '../../workflows/domain/item/step-report';
import { type Answer, fault, LOST, makeLostAnswer, type Reading, type Truth, take } from './money-model';

/** How a run ends: by itself, or from outside after so many moves. */
export interface ChainEnding {
  readonly how: 'by itself' | 'cancelled' | 'closed as dead' | 'without a word';
  readonly afterMoves: number;
}

export interface ChainScript {
  /** `queued`: it was not sent, because the batch was paused or the limit was reached. */
  readonly answers: readonly (Answer | 'queued')[];
  readonly truths: readonly Truth[];
  readonly readings: readonly Reading[];
  /** Of each run. */
  readonly endings: readonly ChainEnding[];
  /** Whether the page continues as new, after each accepted job. */
  readonly carries: readonly boolean[];
}

interface ModelJob {
  readonly id: string;
  readonly step: string;
  readonly truth: Truth;
  /** The file that it was made of; `null`: none. */
  readonly madeOf: string | null;
}

/** An item is somewhere after so many moves; its budgets of retries are smaller. */
const MAX_MOVES = 500;
const PRICE = 1;

/** What a run of an item has left: its line, or `null` where it never told its end, and the tally of its page. */
export interface ChainRun {
  readonly line: ItemResultRow | null;
  /** After every move. */
  readonly tallies: readonly Tally[];
  /** Those that the run has finished. */
  readonly steps: readonly RecordedStep[];
}

export class ModelChain {
  readonly jobs: ModelJob[] = [];
  private readonly turn = { answer: 0, reading: 0, run: 0, carry: 0 };

  constructor(
    readonly key: string,
    private readonly script: ChainScript,
  ) {}

  countCharged(step: string): number {
    return this.jobs.filter((job) => job.step === step && job.truth === 'completes').length;
  }

  run(row: ManifestRow): ChainRun {
    const { steps = [], keep, finished = [], jobId, afterFetch } = row;
    const ending = take(this.script.endings, this.turn.run++);
    const begun = jobId === undefined ? NEW_RECORD : newRescue(jobId, 0, afterFetch);
    let record: ItemRecord = { ...begun, finished: finished.map((step) => ({ ...step, submissions: [] })) };
    const items = new PageItems(EMPTY_TALLY);
    const priced = steps.map(({ id, operation }) => ({ id, operation, price: PRICE }));
    items.add(this.key, record, priced);
    const tallies = [items.tally()];
    const recorded: RecordedStep[] = [];
    const close = (report: ItemReport): ChainRun => {
      items.end(this.key, report, row.earlier);
      return { line: toResultRow(this.key, report), tallies: [...tallies, items.tally()], steps: recorded };
    };
    const named = { steps, ...(keep === undefined ? {} : { keep }) };
    for (let moves = 0; moves < MAX_MOVES; moves += 1) {
      if (ending.how !== 'by itself' && moves >= ending.afterMoves) {
        if (ending.how === 'without a word') return { line: null, tallies, steps: recorded };
        if (ending.how === 'closed as dead') return { line: toResultRow(this.key, LOST), tallies, steps: recorded };
        const end = settleEnd(CANCELLED_BY_REQUEST, record.submissions);
        return close(addSteps(toReport(record, end, null), record, named));
      }
      const moved = this.move(record, steps);
      if (moved.job !== null) recorded.push(this.toRecorded(steps[record.finished.length], moved.job));
      record = moved.record;
      items.change(this.key, toProgress(record, 'waiting', null), record);
      tallies.push(items.tally());
      if (moved.end !== null) return close(addSteps(toReport(record, moved.end, moved.job), record, named));
    }
    throw new Error(`${this.key} does not end: ${JSON.stringify(record)}`);
  }

  /** As `awaitJob` records a step. */
  private toRecorded(step: RowStep | undefined, job: CompletedJob): RecordedStep {
    const { files } = withAllFiles(job);
    return { key: this.key, id: step?.id ?? '', jobId: files[0]?.sha256 ?? '', files };
  }

  /** One submission or one read, and what follows. */
  private move(
    before: ItemRecord,
    steps: readonly RowStep[],
  ): { record: ItemRecord; end: ItemEnd | null; job: CompletedJob | null } {
    const step = steps[before.finished.length];
    if (step === undefined) throw new Error(`${this.key} has no further step`);
    const task = decideTask(before);
    const [record, end] = task.do === 'look-after-job' ? this.look(before, task.job.jobId) : this.submit(before, step);
    if (end === null) return { record, end: null, job: null };
    const decision = decideNext(end, {
      leftMs: 1_000,
      submissions: record.submissions.length,
      isGoverned: true,
      afterFetch: record.rescued?.then ?? null,
      isRevoked: false,
      isOver: false,
      mayRenewUploads: false,
    });
    if (decision.next !== 'end') return { record: submitAfterFetch(record), end: null, job: null };
    const job = end.kind === 'completed' ? end.job : null;
    const settled = settleEnd(decision, record.submissions);
    if (settled.outcome !== 'succeeded' || job === null || step === steps.at(-1)) return { record, end: settled, job };
    return { record: finishStep(record, step.id, job), end: null, job };
  }

  private submit(before: ItemRecord, step: RowStep): [ItemRecord, SubmissionEnd | null] {
    const record = openSubmission(before);
    const answer = take(this.script.answers, this.turn.answer++);
    if (answer === 'queued') {
      const end: SubmissionEnd = { kind: 'queued', isInQueue: false, askAgainMs: 0, refusals: {} };
      return [recordUnsent(record, end), end];
    }
    if (answer === 'lost-unaccepted') return this.close(record, makeLostAnswer());
    if (answer === 'lost') {
      this.accept(before, step);
      return this.close(record, makeLostAnswer());
    }
    if (answer !== 'accepted') return this.close(record, fault(record, answer, 'submit'));
    const jobId = this.accept(before, step);
    const accepted = recordAcceptance(record, { jobId, estimatedMs: null, refusals: {} });
    if (!take(this.script.carries, this.turn.carry++)) return this.look(accepted, jobId);
    const carried = unpackRecord(JSON.parse(JSON.stringify(packRecord(accepted))));
    return [resumeRecord(carried, 0, 0), null];
  }

  private accept({ finished }: ItemRecord, { id: step }: RowStep): string {
    const id = `${this.key}-${step}-${this.jobs.length + 1}`;
    const madeOf = finished.at(-1)?.files[0]?.sha256 ?? null;
    this.jobs.push({ id, step, truth: take(this.script.truths, this.jobs.length), madeOf });
    return id;
  }

  private look(before: ItemRecord, jobId: string): [ItemRecord, SubmissionEnd] {
    const record = { ...before, pendingJob: null };
    const reading = take(this.script.readings, this.turn.reading++);
    const truth = this.jobs.find(({ id }) => id === jobId)?.truth;
    if (truth === 'completes' && reading === 'read') return this.close(record, complete(jobId));
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

/** The content of a file is the job that made it. */
function complete(jobId: string): SubmissionEnd {
  const known = { bytes: 1, mimeType: 'image/png', width: 1, height: 1, verified: true };
  return { kind: 'completed', job: { result: { file: `/${jobId}.png`, sha256: jobId, ...known }, charge: null } };
}

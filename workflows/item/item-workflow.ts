/** One image as a workflow of its own; its workflow id is the caller's id for the image. */
import {
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { findInputProblems, IMAGE_INPUT_CHECKS, type InputChecks, idProblems } from '../domain/batch/input-checks';
import { type InputProblem, itemCancelled, itemFailure, refuseProblems } from '../domain/item/application-failure';
import { FreePermits } from '../domain/item/free-permits';
import {
  type Item,
  type ItemProgress,
  type ItemReport,
  type ItemState,
  SINGLE_IMAGES_FOLDER,
} from '../domain/item/item';
import { itemDetails, progressDetails } from '../domain/item/item-details';
import { claimedRescue, type ItemRecord, NEW_RECORD, progressOf } from '../domain/item/item-record';
import { packRecord, unpackRecord } from '../domain/item/packed-record';
import { DEFAULT_ACCOUNT } from '../domain/leases/governor-protocol';
import {
  cancelNowUpdate,
  type GenerateImageInput,
  grantSignal,
  imageProgressQuery,
  jobCallbackSignal,
  REPORT_MEMO,
} from '../messages';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { showState } from '../temporal/search-attributes';
import { Echoes } from './callback-inbox';
import { itemTerms } from './item-terms';
import { type Observe, runImageJob } from './run-item';
import { ImageTurn } from './single-item-permits';

/** One for each field, and none is forgotten. */
const CHECKS: Readonly<Record<keyof GenerateImageInput, InputChecks[string]>> = IMAGE_INPUT_CHECKS;

/**
 * Makes one image. Completes with its report; fails with the item's code as the failure's type, or ends as cancelled,
 * in both cases with the report in the failure's details. A cancellation submits nothing further and collects the job in
 * flight, which is paid: the image then ends as that job does.
 */
export async function generateImage(input: GenerateImageInput): Promise<ItemReport> {
  // Started by hand it may have been given nothing.
  const given = (input as GenerateImageInput | undefined) ?? {};
  const image = new SingleImage(itemOf(given), given);
  image.listen();
  CancellationScope.current().cancelRequested.catch(() => image.stop());
  const report = await CancellationScope.nonCancellable(() => image.run());
  setCurrentDetails(itemDetails(report));
  showState(report.outcome, report.code);
  if (report.outcome === 'succeeded') return report;
  if (report.outcome !== 'cancelled' || !image.isStopped) throw itemFailure(report);
  // A cancelled workflow has no failure in which the report could travel.
  upsertMemo({ [REPORT_MEMO]: report });
  throw itemCancelled(report);
}

/** What an image does while nothing is under way that the next run of the workflow could not take over. */
const IDLE_STATES: readonly ItemState[] = ['waiting-for-permit', 'waiting-to-retry', 'waiting-for-echo'];

class SingleImage {
  private readonly permits: ImageTurn | FreePermits;
  private readonly echoes: Echoes;
  /** In which jobs are looked after. Cancelled: they are left alone. */
  private readonly collecting = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });
  private record: ItemRecord;
  private progress: ItemProgress;

  constructor(
    private readonly item: Item,
    private readonly input: GenerateImageInput,
  ) {
    const { inBatch, account = DEFAULT_ACCOUNT, waitWhileHeld = false, jobId, carried } = input;
    // An image of a batch has the permit of its page.
    this.permits = inBatch === undefined ? new ImageTurn(account, waitWhileHeld, carried?.turn) : new FreePermits();
    this.echoes = new Echoes(workflowInfo().firstExecutionRunId, carried?.echoes);
    const first = jobId === undefined ? NEW_RECORD : claimedRescue(jobId, Date.now());
    this.record = carried === undefined ? first : unpackRecord(carried.record);
    this.progress = progressOf(this.record, carried === undefined ? 'submitting' : 'waiting-for-permit', null);
    if (carried?.isStopped) this.permits.stop();
  }

  listen(): void {
    const { permits } = this;
    setHandler(imageProgressQuery, () => ({ ...this.progress, cancelRequested: this.isStopped }), {
      description: 'What the image is doing now',
    });
    setHandler(jobCallbackSignal, (callback) => this.echoes.hear(callback), {
      description: 'The job is said to have ended',
    });
    setHandler(cancelNowUpdate, () => this.abandon(), {
      description: 'Ends the image at once. Its job in flight is left alone, and may be charged.',
    });
    if (permits instanceof ImageTurn) {
      setHandler(grantSignal, (grant) => permits.hear(grant), { description: 'From the governor of the account' });
    }
  }

  get isStopped(): boolean {
    return this.permits.isOver;
  }

  stop(): void {
    this.permits.stop();
  }

  async run(): Promise<ItemReport> {
    let ended: ItemReport | null = null;
    const { record, permits, echoes, collecting } = this;
    const { inBatch, supersedes, account = DEFAULT_ACCOUNT } = this.input;
    const terms = supersedes === undefined ? {} : { supersedes };
    const journal = inBatch === undefined ? { journal: terms } : {};
    const observe: Observe = (progress, changed) => this.show(progress, changed);
    const made = runImageJob(this.item, { observe, permits, echoes, collecting, record, account, ...journal }).then(
      (report) => {
        ended = report;
      },
    );
    while (ended === null) {
      // What breaks is no longer waited for.
      await Promise.race([made, condition(() => ended !== null || this.mayBeginAnew())]);
      if (ended === null && this.mayBeginAnew()) await this.beginAnew();
    }
    return ended;
  }

  private show(progress: ItemProgress, record: ItemRecord): void {
    this.progress = progress;
    this.record = record;
    setCurrentDetails(progressDetails(progress));
  }

  private abandon(): void {
    this.stop();
    this.collecting.cancel();
  }

  private mayBeginAnew(): boolean {
    if (!workflowInfo().continueAsNewSuggested) return false;
    const isCalled = this.echoes.namesJob(this.item.key, this.record.submissions.length);
    return IDLE_STATES.includes(this.progress.state) && this.permits.isIdle && !isCalled && !this.isAbandoned;
  }

  /** A history has an end, and the trouble of an account may have none. */
  private async beginAnew(): Promise<never> {
    const { permits, isStopped } = this;
    const turn = permits instanceof ImageTurn ? { turn: permits.carried } : {};
    const echoes = this.echoes.carried(new Map([[this.item.key, this.record.submissions.length]]));
    const carried = { record: packRecord(this.record), echoes, isStopped, ...turn };
    return continueWithMemo<typeof generateImage>({ ...this.input, carried });
  }

  private get isAbandoned(): boolean {
    return this.collecting.consideredCancelled;
  }
}

/** A workflow can be started by hand in Temporal UI, so what it was given is looked at here as well. */
function itemOf(input: GenerateImageInput): Item {
  const { inBatch, jobId, request } = input;
  const key = inBatch?.key ?? workflowInfo().workflowId;
  refuseProblems([...idProblems(key), ...findInputProblems(CHECKS, input), ...sourceProblems(input)]);
  const terms = itemTerms(input);
  if (inBatch !== undefined) return { key, source: { row: inBatch.row }, folder: inBatch.folder, ...terms };
  return {
    key,
    source: { request: jobId === undefined ? (request ?? {}) : {} },
    folder: SINGLE_IMAGES_FOLDER,
    ...terms,
  };
}

function sourceProblems({ inBatch, jobId, request }: GenerateImageInput): readonly InputProblem[] {
  if (inBatch !== undefined || jobId !== undefined || request !== undefined) return [];
  return [{ field: 'request', problem: 'is missing; give an object, for instance { "request": { "prompt": "…" } }' }];
}

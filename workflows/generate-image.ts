/** One image as a workflow of its own; its workflow id is the caller's id for the image. */
import { CancellationScope, setCurrentDetails, setHandler, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { itemDetails, progressDetails } from './details';
import { DEFAULT_ACCOUNT } from './domain/account';
import { inputFailure, itemCancelled, itemFailure } from './domain/application-failure';
import { type Item, type ItemProgress, type ItemReport, SINGLE_IMAGES_FOLDER } from './domain/item';
import { claimedRescue, NEW_RECORD, progressOf } from './domain/item-record';
import { isSafeKey } from './domain/safe-key';
import { Echoes } from './echoes';
import { ImageTurn } from './image-turn';
import { itemTerms } from './item-terms';
import { type GenerateImageInput, grantSignal, imageProgressQuery, jobCallbackSignal, REPORT_MEMO } from './messages';
import { type Permits, UNLIMITED } from './permits';
import { runImageJob } from './run-image-job';
import { showState } from './search-attributes';

/**
 * Makes one image. Completes with its report; fails with the item's code as the failure's type, or ends as cancelled,
 * in both cases with the report in the failure's details.
 */
export async function generateImage(input: GenerateImageInput): Promise<ItemReport> {
  const item = itemOf(input);
  let progress: ItemProgress = progressOf(NEW_RECORD, 'submitting', null);
  setHandler(imageProgressQuery, () => progress, { description: 'What the image is doing now' });
  const echoes = new Echoes();
  setHandler(jobCallbackSignal, (callback) => echoes.hear(callback), { description: 'The job is said to have ended' });
  const observe = (changed: ItemProgress) => {
    progress = changed;
    setCurrentDetails(progressDetails(changed));
  };
  const rescue = input.jobId === undefined ? {} : { record: claimedRescue(input.jobId, Date.now()) };
  const report = await runImageJob(item, { observe, permits: permitsOf(input), echoes, ...rescue });
  setCurrentDetails(itemDetails(report));
  showState(report.outcome, report.code);
  if (report.outcome === 'cancelled' && CancellationScope.current().consideredCancelled) {
    // A cancelled workflow has no failure in which the report could travel.
    upsertMemo({ [REPORT_MEMO]: report });
    throw itemCancelled(report);
  }
  if (report.outcome !== 'succeeded') throw itemFailure(report);
  return report;
}

/** An image of a batch has the permit of its page. */
function permitsOf({ inBatch, account = DEFAULT_ACCOUNT, waitWhileHeld = false }: GenerateImageInput): Permits {
  if (inBatch !== undefined) return UNLIMITED;
  const turn = new ImageTurn(account, waitWhileHeld);
  setHandler(grantSignal, (grant) => turn.hear(grant), { description: 'From the governor of the account' });
  return turn;
}

/** A workflow can be started by hand in Temporal UI, so what it was given is looked at here as well. */
function itemOf(input: GenerateImageInput | undefined): Item {
  const terms = itemTerms(input ?? {});
  return { ...placeOf(input), ...terms };
}

function placeOf(input: GenerateImageInput | undefined): Pick<Item, 'key' | 'source' | 'folder'> {
  if (input?.inBatch !== undefined) {
    const { key, row, folder } = input.inBatch;
    return { key, source: { row }, folder };
  }
  const request = input?.jobId === undefined ? input?.request : {};
  if (typeof request !== 'object' || request === null) {
    throw inputFailure('request is missing; give an object, for instance { "request": { "prompt": "…" } }');
  }
  const key = workflowInfo().workflowId;
  if (!isSafeKey(key)) {
    throw inputFailure(`the workflow id ${JSON.stringify(key)} cannot name a file; use letters, digits, ".", "_", "-"`);
  }
  return { key, source: { request }, folder: SINGLE_IMAGES_FOLDER };
}

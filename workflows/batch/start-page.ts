/** Starts the workflow of a page. */

import { type ChildWorkflowHandle, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { pageWorkflowId } from '../domain/batch/batch-ids';
import { type BatchSchedule, describeRows } from '../domain/batch/batch-schedule';
import type { PageGrant } from '../domain/batch/page-protocol';
import { isIdTaken } from '../domain/item/application-failure';
import { DEFAULT_ACCOUNT } from '../domain/leases/governor-protocol';
import { type BatchInput, batchRunSignal, DEFAULT_PATIENCE_MS, type PageInput } from '../messages';
import { trySignal } from '../temporal/try-signal';
import type { imagePipelinePage } from './page-workflow';

export type Page = ChildWorkflowHandle<typeof imagePipelinePage>;

/** What the pages of a batch have in common. */
export interface PageTerms {
  readonly batchId: string;
  readonly batchRun: string;
  readonly input: BatchInput;
}

/** Returns false if another page has the id; it is asked to give it up. */
export async function startPage(
  terms: PageTerms,
  schedule: BatchSchedule,
  part: number,
  grant: PageGrant,
  onStarted: (page: Page) => void,
): Promise<boolean> {
  const { batchId, batchRun } = terms;
  try {
    const page = await startChild<typeof imagePipelinePage>('imagePipelinePage', {
      workflowId: pageWorkflowId(batchId, part),
      // A page outlives the run that started it; the next run of the coordinator receives its reports.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: describeRows(schedule, part),
      args: [toPageInput(terms, schedule, part, grant)],
    });
    onStarted(page);
    return true;
  } catch (error) {
    if (!isIdTaken(error)) throw error;
    // Ignored by a page that has just closed.
    await trySignal(pageWorkflowId(batchId, part), batchRunSignal, batchRun);
    return false;
  }
}

function toPageInput(
  { batchId, batchRun, input }: PageTerms,
  { open }: BatchSchedule,
  part: number,
  grant: PageGrant,
): PageInput {
  const {
    rowsHash,
    store,
    items,
    prices = {},
    account = DEFAULT_ACCOUNT,
    workflowPerImage = false,
    patienceMs = DEFAULT_PATIENCE_MS,
  } = input;
  const previousRun = open.find((page) => page.part === part)?.previousRun ?? null;
  const more = { previousRun, ...(store === undefined ? {} : { store }) };
  const settings = { rowsHash, items, prices, account, workflowPerImage, patienceMs };
  return { batchId, batchRun, part, grant, ...settings, ...more };
}

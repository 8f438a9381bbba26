/**
 * The journal of a single item in the store. It prevents a second submission even if Temporal loses its
 * history.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { AwaitJobInput, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import { readActivityFault } from '../../workflows/domain/item/application-failure';
import { type CompletedJob, SINGLE_ITEMS_FOLDER } from '../../workflows/domain/item/item';
import {
  type ClaimDecision,
  decideClaim,
  describeStray,
  focusOn,
  type JournalEntry,
  newJournalEntry,
  refuseTaken,
  type SubmissionClaim,
  type SubmissionUpdate,
  takeOver,
  withUpdate,
} from '../../workflows/domain/item/journal-entry';
import type { ActivityDependencies } from '../dependencies';
import { tryBestEffort } from '../running/best-effort';
import { DeadlinePassedError, withDeadline } from '../running/with-deadline';
import { type ResultPlace, StoreUnavailable } from '../store/result-store';
import type { SubmissionJournal } from '../store/submission-journal';
import { areStored } from './are-stored';
import { hashWork } from './hash-work';

/** Timeout for writing the claim before the POST, in ms. */
const CLAIM_TIMEOUT_MS = 15_000;
/**
 * Timeout for updating the entry after the answer, over all retries, in ms. Shorter than the attempt's remaining time.
 */
const UPDATE_TIMEOUT_MS = 5_000;
const UPDATE_TRIES = 3;
const RETRY_INTERVAL_MS = 200;

/** The journal of one item, as one attempt sees it. */
export class ItemSubmissions {
  private constructor(
    private readonly dependencies: Pick<ActivityDependencies, 'store'>,
    private readonly claim: SubmissionClaim,
    private entry: JournalEntry | null,
  ) {}

  /**
   * Returns `null` for an item without a journal: rows of a batch are protected by their part.
   *
   * @throws StoreUnavailable
   */
  static async open(
    dependencies: Pick<ActivityDependencies, 'store'>,
    { key: item, operation, request = {}, step, run, journal }: SubmitJobInput,
  ): Promise<ItemSubmissions | null> {
    if (journal === undefined) return null;
    const { call, supersedes = null, supersededJobs = null, recipe } = journal;
    const { attempt } = activityInfo();
    const requestHash = hashWork({ operation, request });
    const earlier = step?.files === undefined ? undefined : Object.keys(step.files);
    const claim = {
      ...{ item, requestHash, run, call, attempt, supersedes, supersededJobs, writer: randomUUID() },
      ...withoutMissing({ step: step?.id, isLast: step?.isLast, recipe, earlier }),
    };
    return new ItemSubmissions(dependencies, claim, await withLimit(dependencies.store.submissions.read(item)));
  }

  /**
   * Decides what to do, and takes over what an earlier run left. A stored result that no longer exists counts as none.
   */
  async decide(): Promise<ClaimDecision> {
    const { entry, claim } = this;
    const place = { folder: SINGLE_ITEMS_FOLDER, key: claim.item };
    if (entry === null) return this.decideByFiles(place);
    const decision = await this.decideBy(entry, place);
    if (decision.do === 'send' || focusOn(entry, claim.step)?.requestHash !== claim.requestHash) return decision;
    // A faster attempt may have recorded the job.
    return (await this.put(takeOver(entry, claim))) === 'outrun' ? this.decideAgain() : decision;
  }

  private async decideBy(entry: JournalEntry, place: ResultPlace): Promise<ClaimDecision> {
    const { claim, dependencies } = this;
    const decision = decideClaim(entry, claim);
    if (decision.do !== 'take-over' || decision.completed === null) return decision;
    if (await areStored(dependencies.store, place, decision.completed)) return decision;
    return decideClaim({ ...(focusOn(entry, claim.step) ?? entry), completed: null }, claim);
  }

  private async decideAgain(): Promise<ClaimDecision> {
    this.entry = await withLimit(this.dependencies.store.submissions.read(this.claim.item));
    return this.decide();
  }

  /** A second result would get another name than the item's id, next to a file of unknown content. */
  private async decideByFiles(place: ResultPlace): Promise<ClaimDecision> {
    const stray = await withLimit(this.dependencies.store.findPlain(place));
    return stray === null ? { do: 'send' } : refuseTaken(place.key, describeStray(stray));
  }

  /**
   * Records that the POST is about to be sent. Returns the decision, which changes if another attempt was faster.
   *
   * @throws StoreUnavailable; nothing may be sent
   */
  async begin(): Promise<ClaimDecision> {
    for (;;) {
      const mine = newJournalEntry(this.claim, this.entry);
      if (await withLimit(this.dependencies.store.submissions.create(mine))) {
        this.entry = mine;
        return { do: 'send' };
      }
      // Also stops an attempt that timed out and resumes late.
      const decision = await this.decideAgain();
      if (decision.do !== 'send') return decision;
    }
  }

  /** Records that the POST was accepted. */
  async recordAcceptance(jobId: string): Promise<void> {
    await this.update({ state: 'accepted', jobId });
  }

  /** Records that nothing was accepted. */
  async recordUnsent(): Promise<void> {
    await this.update({ state: 'unsent' });
  }

  /** Another run may have taken over this submission, but a later submission must not be changed. */
  private async update(update: SubmissionUpdate): Promise<void> {
    const { entry, claim } = this;
    if (entry !== null && (await this.put(withUpdate(entry, update))) !== 'outrun') return;
    await updateNewest(this.dependencies.store.submissions, claim, ({ writer }) =>
      writer === claim.writer ? update : null,
    );
  }

  private async put(entry: JournalEntry): Promise<'put' | 'outrun' | 'failed'> {
    const put = await putWithLimit(this.dependencies.store.submissions, entry);
    if (put === 'put') this.entry = entry;
    return put;
  }
}

/** Runs `work` and records the job and its end, so neither is paid again if Temporal loses the item. */
export async function keepResult(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key: item, job: { jobId }, singleRun, step }: AwaitJobInput,
  work: () => Promise<CompletedJob>,
): Promise<CompletedJob> {
  const keep = async (end: SubmissionUpdate) => {
    if (singleRun === undefined) return;
    const place = { item, ...withoutMissing({ step: step?.id }) };
    await updateNewest(store.submissions, place, ({ jobId: known, run }) =>
      // A callback delivered the job of an unknown submission.
      known === jobId || (known === null && run === singleRun) ? { ...end, jobId } : null,
    );
  };
  try {
    const completed = await work();
    await keep({ state: 'accepted', completed });
    return completed;
  } catch (error) {
    if (readActivityFault(error)?.origin === 'job') await keep({ state: 'failed' });
    throw error;
  }
}

/** Applies a change to the newest version of the entry, with retries against concurrent writers. */
async function updateNewest(
  journal: SubmissionJournal,
  { item, step }: Pick<SubmissionClaim, 'item' | 'step'>,
  decideUpdate: (entry: JournalEntry) => SubmissionUpdate | null,
): Promise<void> {
  await tryBestEffort('journal-entry', undefined, async () => {
    for (;;) {
      const newest = await withLimit(journal.read(item));
      const entry = newest === null ? null : focusOn(newest, step);
      const update = entry === null ? null : decideUpdate(entry);
      if (entry === null || update === null) return;
      if ((await putWithLimit(journal, withUpdate(entry, update))) !== 'outrun') return;
    }
  });
}

/** Returns `failed` on errors; the item continues without the entry. */
function putWithLimit(journal: SubmissionJournal, entry: JournalEntry): Promise<'put' | 'outrun' | 'failed'> {
  return tryBestEffort<'put' | 'outrun' | 'failed'>('journal-entry', 'failed', async () => {
    const put = withDeadline(
      'writing the journal entry of the submission',
      UPDATE_TIMEOUT_MS,
      putWithRetries(journal, entry),
    );
    return (await put) ? 'put' : 'outrun';
  });
}

async function putWithRetries(journal: SubmissionJournal, entry: JournalEntry): Promise<boolean> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await journal.create(entry);
    } catch (error) {
      if (tried === UPDATE_TRIES) throw error;
      await sleep(RETRY_INTERVAL_MS * tried);
    }
  }
}

async function withLimit<T>(work: Promise<T>): Promise<T> {
  try {
    return await withDeadline('the store', CLAIM_TIMEOUT_MS, work);
  } catch (error) {
    if (error instanceof DeadlinePassedError) throw new StoreUnavailable(error.message);
    throw error;
  }
}

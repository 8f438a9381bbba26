/**
 * The journal of a single item in the store. It prevents a second submission even if Temporal loses its
 * history.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { AwaitJobInput, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import {
  type CompletedJob,
  type RequestFields,
  SINGLE_ITEMS_FOLDER,
  type StoredResult,
} from '../../workflows/domain/item/item';
import {
  type ClaimDecision,
  decideClaim,
  describeStray,
  type JournalEntry,
  newJournalEntry,
  refuseTaken,
  type SubmissionClaim,
  type SubmissionUpdate,
  takeOver,
  withUpdate,
} from '../../workflows/domain/item/journal-entry';
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { ActivityDependencies } from '../dependencies';
import { tryBestEffort } from '../running/best-effort';
import { DeadlinePassedError, withDeadline } from '../running/with-deadline';
import { keptFileAt, type ResultPlace, type ResultReader, StoreUnavailable } from '../store/result-store';
import { hasSha256 } from '../store/sha-256';
import type { SubmissionJournal } from '../store/submission-journal';

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
    { key: item, operation, request, run, journal }: SubmitJobInput,
  ): Promise<ItemSubmissions | null> {
    if (journal === undefined) return null;
    const { call, supersedes = null, supersededJobs = null } = journal;
    const { attempt } = activityInfo();
    const requestHash = computeHash(operation, request ?? {});
    const abandoned = { supersedes, supersededJobs };
    const claim = { item, requestHash, run, call, attempt, ...abandoned, writer: randomUUID() };
    return new ItemSubmissions(dependencies, claim, await withLimit(dependencies.store.submissions.read(item)));
  }

  /**
   * Decides what to do, and takes over what an earlier run left. A stored result that no longer exists counts as none.
   */
  async decide(): Promise<ClaimDecision> {
    const { entry, claim } = this;
    const place = { folder: SINGLE_ITEMS_FOLDER, key: claim.item };
    if (entry === null) return this.decideByFiles(place);
    const decision = decideClaim(entry, claim);
    if (decision.do === 'send' || entry.requestHash !== claim.requestHash) return decision;
    // A faster attempt may have recorded the job.
    if ((await this.put(takeOver(entry, claim))) === 'outrun') return this.decideAgain();
    if (decision.do === 'refuse' || decision.completed === null) return decision;
    const isThere = await areStored(this.dependencies.store, place, decision.completed);
    return isThere ? decision : { ...decision, completed: null };
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
    await updateNewest(this.dependencies.store.submissions, claim.item, ({ writer }) =>
      writer === claim.writer ? update : null,
    );
  }

  private async put(entry: JournalEntry): Promise<'put' | 'outrun' | 'failed'> {
    const put = await putWithLimit(this.dependencies.store.submissions, entry);
    if (put === 'put') this.entry = entry;
    return put;
  }
}

/** Runs `work` and records the job's id and result, so neither is paid again if Temporal loses the item. */
export async function keepResult(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key, job: { jobId }, singleRun }: AwaitJobInput,
  work: () => Promise<CompletedJob>,
): Promise<CompletedJob> {
  const completed = await work();
  if (singleRun === undefined) return completed;
  await updateNewest(store.submissions, key, ({ jobId: known, run }) =>
    // A callback delivered the job of an unknown submission.
    known === jobId || (known === null && run === singleRun) ? { state: 'accepted', jobId, completed } : null,
  );
  return completed;
}

/** Applies a change to the newest version of the entry, with retries against concurrent writers. */
async function updateNewest(
  journal: SubmissionJournal,
  item: string,
  decideUpdate: (entry: JournalEntry) => SubmissionUpdate | null,
): Promise<void> {
  await tryBestEffort('journal-entry', undefined, async () => {
    for (;;) {
      const entry = await withLimit(journal.read(item));
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

/** Equal for equal requests, whatever the order of their fields. */
function computeHash(operation: OperationName, request: RequestFields): string {
  const fields = Object.entries(request)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([operation, fields]))
    .digest('hex');
}

/** Whether all files of a job are where they were stored. */
async function areStored(
  store: ResultReader,
  place: ResultPlace,
  { result, files = [] }: CompletedJob,
): Promise<boolean> {
  const [, ...others] = files;
  const found = await Promise.all([
    isStored(store, place, result),
    ...others.map((file) => isStored(store, place, file)),
  ]);
  return found.every((isThere) => isThere);
}

/** Whether the complete bytes of a result are where they were stored. */
async function isStored(store: ResultReader, place: ResultPlace, result: StoredResult): Promise<boolean> {
  try {
    const bytes = await store.read(keptFileAt(place, result.file));
    return hasSha256(bytes, result.sha256);
  } catch {
    // Unreadable for any reason: the job can still be read.
    return false;
  }
}

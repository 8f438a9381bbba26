/** What a single item keeps in the store about its submissions, so that none is sent twice whatever Temporal forgets. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { AwaitJobInput, CompletedJob, SubmitJobInput } from '../workflows/domain/activity-contract';
import { type RequestFields, SINGLE_IMAGES_FOLDER } from '../workflows/domain/item';
import type { OperationName } from '../workflows/domain/operations';
import {
  type ClaimDecision,
  decideClaim,
  describeStray,
  refuseTaken,
  type SubmissionClaim,
  type SubmissionRecord,
  sending,
  takeOver,
} from '../workflows/domain/submission-record';
import { bestEffort } from './best-effort';
import type { ActivityDependencies } from './dependencies';
import { inTime, TookTooLong } from './in-time';
import { isStored } from './is-stored';
import { type ResultPlace, StoreUnavailable } from './store/result-store';
import type { SubmissionJournal } from './store/submission-journal';

/** Before the POST; an attempt has more to do than this. In ms. */
const CLAIM_LIMIT_MS = 15_000;
/** After the answer, all tries together: less than is left to an attempt then. In ms. */
const UPDATE_LIMIT_MS = 5_000;
const UPDATE_TRIES = 3;
const BETWEEN_TRIES_MS = 200;

/** The submissions of one item, as one attempt sees them. */
export class ItemSubmissions {
  private constructor(
    private readonly dependencies: Pick<ActivityDependencies, 'store'>,
    private readonly claim: SubmissionClaim,
    private record: SubmissionRecord | null,
  ) {}

  /**
   * `null` for an item that keeps nothing: the rows of a batch have their part.
   *
   * @throws StoreUnavailable
   */
  static async open(
    dependencies: Pick<ActivityDependencies, 'store'>,
    { key: item, operation, request, run, journal }: SubmitJobInput,
  ): Promise<ItemSubmissions | null> {
    if (journal === undefined) return null;
    const { call, supersedes = null } = journal;
    const { attempt } = activityInfo();
    const requestHash = hashOf(operation, request ?? {});
    const claim = { item, requestHash, run, call, attempt, supersedes, writer: randomUUID() };
    return new ItemSubmissions(dependencies, claim, await bounded(dependencies.store.submissions.read(item)));
  }

  /**
   * What is to be done; what an earlier run has left is this run's from then on. A stored result that is not there any
   * more is none.
   */
  async decide(): Promise<ClaimDecision> {
    const { record, claim } = this;
    const place = { folder: SINGLE_IMAGES_FOLDER, key: claim.item };
    if (record === null) return this.decideByFiles(place);
    const decision = decideClaim(record, claim);
    if (decision.do === 'send' || record.requestHash !== claim.requestHash) return decision;
    await this.update(takeOver(record, claim));
    if (decision.do === 'refuse' || decision.completed === null) return decision;
    const isThere = await isStored(this.dependencies.store, place, decision.completed.result);
    return isThere ? decision : { ...decision, completed: null };
  }

  /** Its result would get another name than the id's, beside a file of which nobody knows what it shows. */
  private async decideByFiles(place: ResultPlace): Promise<ClaimDecision> {
    const stray = await bounded(this.dependencies.store.findPlain(place));
    return stray === null ? { do: 'send' } : refuseTaken(place.key, describeStray(stray));
  }

  /**
   * Writes down that the POST is about to be sent. Returns what is to be done, should somebody else have been faster.
   *
   * @throws StoreUnavailable: nothing may be sent
   */
  async begin(): Promise<ClaimDecision> {
    const { submissions } = this.dependencies.store;
    const mine = sending(this.claim);
    if (this.record === null) {
      const there = await bounded(submissions.create(mine));
      this.record = there;
      return there.writer === mine.writer ? { do: 'send' } : this.decide();
    }
    await bounded(submissions.write(mine));
    this.record = mine;
    return { do: 'send' };
  }

  /** The POST was accepted. */
  async accepted(jobId: string): Promise<void> {
    await this.update({ ...sending(this.claim), state: 'accepted', jobId });
  }

  /** Provably nothing was accepted. */
  async unsent(): Promise<void> {
    await this.update({ ...sending(this.claim), state: 'unsent' });
  }

  private async update(record: SubmissionRecord): Promise<void> {
    this.record = record;
    await updateInTime(this.dependencies.store.submissions, record);
  }
}

/** Does `work` and keeps the job's id and its result, so that neither is paid again when Temporal has forgotten the item. */
export async function keepingItsResult(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key, job: { jobId }, singleRun }: AwaitJobInput,
  work: () => Promise<CompletedJob>,
): Promise<CompletedJob> {
  const completed = await work();
  if (singleRun === undefined) return completed;
  await bestEffort('submission-record', undefined, async () => {
    const record = await bounded(store.submissions.read(key));
    // A callback has told the job of an answer that was lost.
    const isOurs = record?.jobId === jobId || (record?.jobId === null && record.run === singleRun);
    if (record === null || !isOurs) return;
    await updateInTime(store.submissions, { ...record, state: 'accepted', jobId, completed });
  });
  return completed;
}

async function updateInTime(journal: SubmissionJournal, record: SubmissionRecord): Promise<void> {
  await bestEffort('submission-record', undefined, () =>
    inTime('writing the record of the submission', UPDATE_LIMIT_MS, writeStubbornly(journal, record)),
  );
}

async function writeStubbornly(journal: SubmissionJournal, record: SubmissionRecord): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await journal.write(record);
    } catch (error) {
      if (tried === UPDATE_TRIES) throw error;
      await sleep(BETWEEN_TRIES_MS * tried);
    }
  }
}

async function bounded<T>(work: Promise<T>): Promise<T> {
  try {
    return await inTime('the store', CLAIM_LIMIT_MS, work);
  } catch (error) {
    if (error instanceof TookTooLong) throw new StoreUnavailable(error.message);
    throw error;
  }
}

/** The same for the same request, whatever the order of its fields. */
function hashOf(operation: OperationName, request: RequestFields): string {
  const fields = Object.entries(request)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([operation, fields]))
    .digest('hex');
}

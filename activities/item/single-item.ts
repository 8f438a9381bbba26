/** What a single item keeps in the store about its submissions, so that none is sent twice whatever Temporal forgets. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { AwaitJobInput, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import { type CompletedJob, type RequestFields, SINGLE_IMAGES_FOLDER } from '../../workflows/domain/item/item';
import {
  type ClaimDecision,
  decideClaim,
  describeStray,
  refuseTaken,
  type SubmissionClaim,
  type SubmissionNews,
  type SubmissionRecord,
  sending,
  takeOver,
  withNews,
} from '../../workflows/domain/item/submission-record';
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { ActivityDependencies } from '../dependencies';
import { bestEffort } from '../running/best-effort';
import { inTime, TookTooLong } from '../running/with-deadline';
import { type ResultPlace, StoreUnavailable } from '../store/result-store';
import type { SubmissionJournal } from '../store/submission-journal';
import { isStored } from './is-stored';

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
    // Whoever was faster may have told the job of it.
    if ((await this.put(takeOver(record, claim))) === 'outrun') return this.decideAnew();
    if (decision.do === 'refuse' || decision.completed === null) return decision;
    const isThere = await isStored(this.dependencies.store, place, decision.completed.result);
    return isThere ? decision : { ...decision, completed: null };
  }

  private async decideAnew(): Promise<ClaimDecision> {
    this.record = await bounded(this.dependencies.store.submissions.read(this.claim.item));
    return this.decide();
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
    const mine = sending(this.claim, this.record);
    // An attempt that was given up and wakes late is stopped here, too.
    if (!(await bounded(this.dependencies.store.submissions.create(mine)))) return this.decideAnew();
    this.record = mine;
    return { do: 'send' };
  }

  /** The POST was accepted. */
  async accepted(jobId: string): Promise<void> {
    await this.tell({ state: 'accepted', jobId });
  }

  /** Provably nothing was accepted. */
  async unsent(): Promise<void> {
    await this.tell({ state: 'unsent' });
  }

  /** Another run may have taken the submission over meanwhile, but a later one is not this one's to change. */
  private async tell(news: SubmissionNews): Promise<void> {
    const { record, claim } = this;
    if (record !== null && (await this.put(withNews(record, news))) !== 'outrun') return;
    await tellNewest(this.dependencies.store.submissions, claim.item, ({ writer }) =>
      writer === claim.writer ? news : null,
    );
  }

  private async put(record: SubmissionRecord): Promise<'put' | 'outrun' | 'failed'> {
    const put = await putInTime(this.dependencies.store.submissions, record);
    if (put === 'put') this.record = record;
    return put;
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
  await tellNewest(store.submissions, key, ({ jobId: known, run }) =>
    // A callback has told the job of an answer that was lost.
    known === jobId || (known === null && run === singleRun) ? { state: 'accepted', jobId, completed } : null,
  );
  return completed;
}

/** Adds to the newest record what there is to tell of it, however many others write at the same time. */
async function tellNewest(
  journal: SubmissionJournal,
  item: string,
  newsOf: (record: SubmissionRecord) => SubmissionNews | null,
): Promise<void> {
  await bestEffort('submission-record', undefined, async () => {
    for (;;) {
      const record = await bounded(journal.read(item));
      const news = record === null ? null : newsOf(record);
      if (record === null || news === null) return;
      if ((await putInTime(journal, withNews(record, news))) !== 'outrun') return;
    }
  });
}

/** `failed`: the item goes on without it. */
function putInTime(journal: SubmissionJournal, record: SubmissionRecord): Promise<'put' | 'outrun' | 'failed'> {
  return bestEffort<'put' | 'outrun' | 'failed'>('submission-record', 'failed', async () => {
    const put = inTime('writing the record of the submission', UPDATE_LIMIT_MS, putStubbornly(journal, record));
    return (await put) ? 'put' : 'outrun';
  });
}

async function putStubbornly(journal: SubmissionJournal, record: SubmissionRecord): Promise<boolean> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await journal.create(record);
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

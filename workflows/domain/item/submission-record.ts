/**
 * What the store remembers of the newest submission of a single item, and whether another one may be sent. Temporal may
 * forget what was sent: by a reset, by its retention, or when its database is restored from a backup. Pure.
 */
import type { FailureCode } from '../failures/failures';
import type { CompletedJob } from './item';

/** One submission: which one of which run, and of what. */
interface SubmissionId {
  /** The item's key. */
  readonly item: string;
  /** SHA-256 of operation and request. */
  readonly requestHash: string;
  /** Run id of the first run of the workflow: the same for all that it continues as new, and for a reset. */
  readonly run: string;
  /** How often the workflow has called the activity for this item, from 1. */
  readonly call: number;
  /** Attempt of that call, from 1. */
  readonly attempt: number;
}

/** The newest submission of an item, written before its POST and again after its answer. */
export interface SubmissionRecord extends SubmissionId {
  /** 1 for the first record of the item; each later one is a new version, and there is one of each number. */
  readonly version: number;
  /** Tells apart who wrote it: after a restore two servers may run the same attempt. */
  readonly writer: string;
  /** `sending`: a job may exist. `unsent`: provably nothing was accepted. */
  readonly state: 'sending' | 'accepted' | 'unsent';
  readonly jobId: string | null;
  /** The stored result of the job; `null` until there is one. */
  readonly completed: CompletedJob | null;
}

/** A submission that somebody wants to send. */
export interface SubmissionClaim extends SubmissionId {
  /** Unique to whoever wants to send it. */
  readonly writer: string;
  /** Run whose submissions are given up by request, at the risk of a second payment; `ANY_RUN`; `null`: none. */
  readonly supersedes: string | null;
}

/** Whatever earlier run of the id there was. Run ids are UUIDs. */
export const ANY_RUN = '*';

export type ClaimDecision =
  | { readonly do: 'send' }
  /** The job of an earlier submission is the item's job. */
  | { readonly do: 'take-over'; readonly jobId: string; readonly completed: CompletedJob | null }
  | { readonly do: 'refuse'; readonly code: FailureCode; readonly message: string };

/** Decides what follows from what the store knows. Nothing is sent where a job may exist that nobody has given up. */
export function decideClaim(record: SubmissionRecord | null, claim: SubmissionClaim): ClaimDecision {
  if (record === null || record.state === 'unsent' || isFollowUp(record, claim) || isSuperseded(record, claim)) {
    return { do: 'send' };
  }
  const { jobId, completed } = record;
  const use = findOtherUse(record, claim.requestHash);
  if (use !== null) return refuseTaken(claim.item, use);
  if (jobId === null) return { do: 'refuse', code: 'SUBMIT_OUTCOME_UNKNOWN', message: OUTCOME_UNKNOWN };
  return { do: 'take-over', jobId, completed };
}

/**
 * The next submission of the same run: of an earlier call the workflow knows what became of it, and an earlier attempt is
 * followed by another only if it was refused. One that was accepted all the same could not be reported.
 */
function isFollowUp({ run, call, attempt, state }: SubmissionRecord, claim: SubmissionClaim): boolean {
  if (run !== claim.run) return false;
  return call < claim.call || (call === claim.call && attempt < claim.attempt && state !== 'accepted');
}

function isSuperseded({ run }: SubmissionRecord, { run: own, supersedes }: SubmissionClaim): boolean {
  return run !== own && (supersedes === ANY_RUN || supersedes === run);
}

const OUTCOME_UNKNOWN =
  'An earlier submission of this id may have been accepted, and its job is not known; nothing was sent.';

/**
 * What an id was used for that is not this request, in words.
 *
 * @param requestHash SHA-256 of operation and request, or its beginning
 */
export function findOtherUse(record: SubmissionRecord | null, requestHash: string): string | null {
  if (record === null || record.state === 'unsent' || record.requestHash.startsWith(requestHash)) return null;
  return `an image of another request, of which ${describeUse(record)}`;
}

function describeUse({ jobId, completed }: SubmissionRecord): string {
  if (completed !== null) return `${parseName(completed.result.file)} is stored`;
  return jobId === null ? 'a submission may have been accepted' : `the job ${jobId} was accepted`;
}

/** Without the folder, which is nobody's business behind the HTTP API. */
function parseName(address: string): string {
  return address.slice(address.search(/[^/\\]*$/));
}

/** @param name of a file that no submission of the id has stored */
export function describeStray(name: string): string {
  return `${name}, which lies in the store and is of no submission of this id`;
}

/** @param use what the id was used for, in words */
export function refuseTaken(item: string, use: string): Extract<ClaimDecision, { do: 'refuse' }> {
  const message = `The id ${JSON.stringify(item)} was used for ${use}; nothing was sent. Use another id (--id).`;
  return { do: 'refuse', code: 'ID_TAKEN', message };
}

/** What the store remembers once the item has taken over what an earlier run has left: from then on it is this run's. */
export function takeOver(record: SubmissionRecord, { run, call, attempt }: SubmissionClaim): SubmissionRecord {
  return { ...record, run, call, attempt, version: record.version + 1 };
}

/** What is written before the POST. */
export function newSubmissionRecord(
  { item, requestHash, run, call, attempt, writer }: SubmissionClaim,
  before: SubmissionRecord | null,
): SubmissionRecord {
  const version = (before?.version ?? 0) + 1;
  return { item, requestHash, run, call, attempt, version, writer, state: 'sending', jobId: null, completed: null };
}

/** What has come of a submission, from which the next version of its record follows. */
export type SubmissionUpdate = Partial<Pick<SubmissionRecord, 'state' | 'jobId' | 'completed'>>;

export function withUpdate(record: SubmissionRecord, update: SubmissionUpdate): SubmissionRecord {
  return { ...record, ...update, version: record.version + 1 };
}

/**
 * The stored entry of a single item's newest submission, and whether another one may be sent. Temporal may lose what
 * was sent: by a reset, by retention, or when its database is restored from a backup. Pure.
 */
import type { FailureCode } from '../failures/failures';
import type { JournalTerms } from './activity-contract';
import type { CompletedJob, ItemReport } from './item';
import { mayBeCharged } from './submission-payment';

/** Identifies a submission within the runs of an item. */
interface SubmissionId {
  /** Key of the item. */
  readonly item: string;
  /** SHA-256 of operation and request. */
  readonly requestHash: string;
  /** First execution run id of the workflow: the same across continue-as-new and resets. */
  readonly run: string;
  /** Number of the workflow's call of the activity for this item, from 1. */
  readonly call: number;
  /** Attempt of that call, from 1. */
  readonly attempt: number;
}

/** The newest submission of an item, written before its POST and updated after its answer. */
export interface JournalEntry extends SubmissionId {
  /** Version of the entry, from 1; versions are unique. */
  readonly version: number;
  /** Identifies the writer: after a restore two servers may run the same attempt. */
  readonly writer: string;
  /** `sending`: a job may exist. `unsent`: nothing was accepted. */
  readonly state: 'sending' | 'accepted' | 'unsent';
  readonly jobId: string | null;
  /** The stored result of the job; `null` if there is none yet. */
  readonly completed: CompletedJob | null;
}

/** A request to submit. */
export interface SubmissionClaim extends SubmissionId {
  /** Unique per writer. */
  readonly writer: string;
  /** Run whose submissions are abandoned on request, at the risk of a second payment; `ANY_RUN`; `null` for none. */
  readonly supersedes: string | null;
  /** The jobs that this run reported. Only the store knows the others, so they are taken over. `null`: all are abandoned. */
  readonly supersededJobs: readonly string[] | null;
}

/** Matches every earlier run. Run ids are UUIDs, so it cannot be one. */
export const ANY_RUN = '*';

/** The submissions that are abandoned when an item is run again; empty: none. */
export type Superseded = Pick<JournalTerms, 'supersedes' | 'supersededJobs'>;

/**
 * Decides it by the report of the earlier run. Nothing is abandoned while a submission may be charged, unless that is allowed.
 *
 * @param run first execution run id of the earlier workflow
 */
export function supersede(
  run: string,
  { outcome, submissions, fetched }: Pick<ItemReport, 'outcome' | 'submissions' | 'fetched'>,
  allowUnknown: boolean,
): Superseded {
  if (!allowUnknown && (outcome === 'unknown' || submissions.some(mayBeCharged))) return {};
  const jobs = [...submissions, ...(fetched === undefined ? [] : [fetched])];
  return { supersedes: run, supersededJobs: jobs.flatMap(({ jobId }) => jobId ?? []) };
}

export type ClaimDecision =
  | { readonly do: 'send' }
  /** The job of an earlier submission becomes the item's job. */
  | { readonly do: 'take-over'; readonly jobId: string; readonly completed: CompletedJob | null }
  | { readonly do: 'refuse'; readonly code: FailureCode; readonly message: string };

/** Decides by the stored entry. Nothing is sent while a job may exist that was not abandoned. */
export function decideClaim(entry: JournalEntry | null, claim: SubmissionClaim): ClaimDecision {
  if (entry === null || entry.state === 'unsent' || isFollowUp(entry, claim) || isSuperseded(entry, claim)) {
    return { do: 'send' };
  }
  const { jobId, completed } = entry;
  const use = findOtherUse(entry, claim.requestHash);
  if (use !== null) return refuseTaken(claim.item, use);
  if (jobId === null) return { do: 'refuse', code: 'SUBMIT_OUTCOME_UNKNOWN', message: OUTCOME_UNKNOWN };
  return { do: 'take-over', jobId, completed };
}

/**
 * Whether this is the next submission of the same run. The workflow knows the outcome of an earlier call, and an
 * attempt follows another only after a refusal; an accepted job whose report was lost is the exception.
 */
function isFollowUp({ run, call, attempt, state }: JournalEntry, claim: SubmissionClaim): boolean {
  if (run !== claim.run) return false;
  return call < claim.call || (call === claim.call && attempt < claim.attempt && state !== 'accepted');
}

function isSuperseded({ run, jobId, requestHash }: JournalEntry, claim: SubmissionClaim): boolean {
  const { run: own, supersedes, supersededJobs } = claim;
  if (run === own || (supersedes !== ANY_RUN && supersedes !== run)) return false;
  // The job of another request is of no use.
  return jobId === null || requestHash !== claim.requestHash || (supersededJobs?.includes(jobId) ?? true);
}

const OUTCOME_UNKNOWN =
  'An earlier submission of this id may have been accepted, and its job is unknown; nothing was sent.';

/**
 * What an id was used for, if not for this request.
 *
 * @param requestHash SHA-256 of operation and request, or a prefix of it
 */
export function findOtherUse(entry: JournalEntry | null, requestHash: string): string | null {
  if (entry === null || entry.state === 'unsent' || entry.requestHash.startsWith(requestHash)) return null;
  return `an item of another request, of which ${describeUse(entry)}`;
}

function describeUse({ jobId, completed }: JournalEntry): string {
  if (completed !== null) return `${parseName(completed.result.file)} is stored`;
  return jobId === null ? 'a submission may have been accepted' : `the job ${jobId} was accepted`;
}

/** Without the folder, which the HTTP API must not reveal. */
function parseName(address: string): string {
  return address.slice(address.search(/[^/\\]*$/));
}

/** @param name name of a file that no recorded submission of the id has stored */
export function describeStray(name: string): string {
  return `${name}, a file in the store that no submission of this id has made`;
}

/** @param use what the id was used for */
export function refuseTaken(item: string, use: string): Extract<ClaimDecision, { do: 'refuse' }> {
  const message = `The id ${JSON.stringify(item)} was used for ${use}; nothing was sent. Use another id (--id).`;
  return { do: 'refuse', code: 'ID_TAKEN', message };
}

/** The entry after this run has taken over an earlier one's submission. */
export function takeOver(entry: JournalEntry, { run, call, attempt }: SubmissionClaim): JournalEntry {
  return { ...entry, run, call, attempt, version: entry.version + 1 };
}

/** The entry written before the POST. */
export function newJournalEntry(
  { item, requestHash, run, call, attempt, writer }: SubmissionClaim,
  before: JournalEntry | null,
): JournalEntry {
  const version = (before?.version ?? 0) + 1;
  return { item, requestHash, run, call, attempt, version, writer, state: 'sending', jobId: null, completed: null };
}

/** Changes to an entry that make its next version. */
export type SubmissionUpdate = Partial<Pick<JournalEntry, 'state' | 'jobId' | 'completed'>>;

export function withUpdate(entry: JournalEntry, update: SubmissionUpdate): JournalEntry {
  return { ...entry, ...update, version: entry.version + 1 };
}

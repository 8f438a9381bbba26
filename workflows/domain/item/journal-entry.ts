/**
 * The stored entry of a single item's newest submission, and whether another one may be sent. Temporal may lose what
 * was sent: by a reset, by retention, or when its database is restored from a backup. Pure.
 */

import { withoutMissing } from '../base/without-missing';
import type { FailureCode } from '../failures/failures';
import type { JournalRecipe, JournalTerms, TakenOverStep } from './activity-contract';
import { takeFirst } from './decide-redrive';
import type { CompletedJob, ItemReport } from './item';
import { withAllFiles } from './result-row';
import { toKeptFiles } from './step-report';
import { mayBeCharged } from './submission-payment';

/** Identifies a submission within the runs of an item. */
interface SubmissionId {
  /** Id of its step. Absent: the item has one step. */
  readonly step?: string;
  /** SHA-256 of operation and request. */
  readonly requestHash: string;
  /** First execution run id of the workflow: the same across continue-as-new and resets. */
  readonly run: string;
  /** Number of the workflow's call of the activity for this item, from 1. */
  readonly call: number;
  /** Attempt of that call, from 1. */
  readonly attempt: number;
}

/** The newest submission of a step, written before its POST and updated after its answer. */
interface JournalSubmission extends SubmissionId {
  /** Identifies the writer: after a restore two servers may run the same attempt. */
  readonly writer: string;
  /** `sending`: a job may exist. `unsent`: nothing was accepted. `failed`: its job failed, which is free. */
  readonly state: 'sending' | 'accepted' | 'unsent' | 'failed';
  readonly jobId: string | null;
  /** The stored result of the job; `null` if there is none yet. */
  readonly completed: CompletedJob | null;
  /** Whether it is of the last of several steps. */
  readonly isLast?: true;
}

/** What the store knows of an item: its newest submission, and the newest one of each of its other steps. */
export interface JournalEntry extends JournalSubmission {
  /** Key of the item. */
  readonly item: string;
  /** Version of the entry, from 1; versions are unique. */
  readonly version: number;
  /** Of an item of several steps. */
  readonly recipe?: JournalRecipe;
  /** Newest submissions of earlier steps. Absent: none. */
  readonly others?: readonly JournalSubmission[];
  /** When its files were deleted, ISO 8601: nothing is sent under its id again. Absent: they were not. */
  readonly deletedAt?: string;
}

/** A request to submit. */
export interface SubmissionClaim extends SubmissionId, AbandonedRun {
  /** Key of the item. */
  readonly item: string;
  /** Unique per writer. */
  readonly writer: string;
  readonly isLast?: true;
  readonly recipe?: JournalRecipe;
  /** Ids of the steps before it. Absent: none. */
  readonly earlier?: readonly string[];
}

/** Submissions of an earlier run that are abandoned on request. */
interface AbandonedRun {
  /** First run of the workflow that submits now. */
  readonly run: string;
  /** Run whose submissions are abandoned on request, at the risk of a second payment; `ANY_RUN`; `ENDED_ONLY`; `null` for none. */
  readonly supersedes: string | null;
  /** The jobs that this run reported. Only the store knows the others, so they are taken over. `null`: all are abandoned. */
  readonly supersededJobs: readonly string[] | null;
}

/** Matches every earlier run. Run ids are UUIDs, so it cannot be one. */
export const ANY_RUN = '*';

/** Matches submissions of every run whose end is known, unless the item has its result. No run id is such a word. */
export const ENDED_ONLY = 'ended';

/** The submissions that are abandoned when an item is run again; empty: none. */
export type Superseded = Pick<JournalTerms, 'supersedes' | 'supersededJobs'>;

/**
 * Decides it by the report of the earlier run. Nothing is abandoned while a submission may be charged, unless that is allowed.
 *
 * @param run first execution run id of the earlier workflow
 */
export function supersede(
  run: string,
  { outcome, submissions, fetched, steps = [] }: Pick<ItemReport, 'outcome' | 'submissions' | 'fetched' | 'steps'>,
  allowUnknown: boolean,
): Superseded {
  // A finished step is settled, whatever becomes of those after it.
  const isOpen = (one: { readonly step?: string }) =>
    !steps.some(({ id, outcome: end }) => id === one.step && end === 'succeeded');
  const open = submissions.filter(isOpen);
  if (!allowUnknown && (outcome === 'unknown' || open.some(mayBeCharged))) return {};
  const jobs = [...open, ...(fetched === undefined ? [] : [fetched])];
  return { supersedes: run, supersededJobs: jobs.flatMap(({ jobId }) => jobId ?? []) };
}

export type ClaimDecision =
  | { readonly do: 'send' }
  /** The job of an earlier submission becomes the item's job. */
  | { readonly do: 'take-over'; readonly jobId: string; readonly completed: CompletedJob | null }
  | { readonly do: 'refuse'; readonly code: FailureCode; readonly message: string };

/**
 * Decides by the stored entry. Nothing is sent while a job may exist that was not abandoned. A stored result of the same
 * request is never abandoned.
 */
export function decideClaim(entry: JournalEntry | null, claim: SubmissionClaim): ClaimDecision {
  if (entry?.deletedAt !== undefined) return refuseTaken(claim.item, describeDeleted(entry.deletedAt));
  const own = entry === null ? null : focusOn(entry, claim.step);
  if (own === null) return decideNewStep(entry, claim);
  const { jobId, completed, state } = own;
  const isSame = own.requestHash === claim.requestHash;
  if (isSame && jobId !== null && completed !== null) return { do: 'take-over', jobId, completed };
  if (state === 'unsent' || isFollowUp(own, claim) || isSuperseded(own, claim)) return { do: 'send' };
  if (!isSame) return refuseTaken(claim.item, describeOther(own));
  if (state === 'failed') return { do: 'send' };
  if (jobId === null) return { do: 'refuse', code: 'SUBMIT_OUTCOME_UNKNOWN', message: OUTCOME_UNKNOWN };
  return { do: 'take-over', jobId, completed };
}

/** Of a step that was never submitted. */
function decideNewStep(entry: JournalEntry | null, claim: SubmissionClaim): ClaimDecision {
  const use = entry === null ? null : findOtherItem(entry, claim.recipe, claim);
  return use === null ? { do: 'send' } : refuseTaken(claim.item, use);
}

/**
 * What an id was used for, if not for this item, or if that was not abandoned.
 *
 * @param recipe of the item; `undefined` if it has one step
 */
export function findOtherItem(
  entry: JournalEntry,
  recipe: JournalRecipe | undefined,
  abandoned: AbandonedRun,
): string | null {
  if (entry.deletedAt !== undefined) return describeDeleted(entry.deletedAt);
  if (recipe !== undefined && entry.recipe?.hash === recipe.hash) return null;
  const kept = listSubmissions(entry).filter((one) => one.state !== 'unsent' && !isOfAbandonedRun(one, abandoned));
  const newest = kept.at(-1);
  return newest === undefined ? null : describeOther(newest);
}

/**
 * Whether this is the next submission of the same run. The workflow knows the outcome of an earlier call, and an
 * attempt follows another only after a refusal; an accepted job whose report was lost is the exception.
 */
function isFollowUp({ run, call, attempt, state }: JournalSubmission, claim: SubmissionClaim): boolean {
  if (run !== claim.run) return false;
  return call < claim.call || (call === claim.call && attempt < claim.attempt && state !== 'accepted');
}

function isSuperseded(submission: JournalSubmission, claim: SubmissionClaim): boolean {
  const { jobId, requestHash } = submission;
  if (!isOfAbandonedRun(submission, claim)) return false;
  // The job of another request is of no use.
  return jobId === null || requestHash !== claim.requestHash || (claim.supersededJobs?.includes(jobId) ?? true);
}

function isOfAbandonedRun(submission: JournalSubmission, { run: own, supersedes }: AbandonedRun): boolean {
  const { run } = submission;
  if (supersedes === ENDED_ONLY) return hasEnded(submission);
  return run !== own && (supersedes === ANY_RUN || supersedes === run);
}

/** Whether its job has failed, or has made the files of a step before the last one. */
function hasEnded({ state, completed, step, isLast }: JournalSubmission): boolean {
  return state === 'failed' || (completed !== null && step !== undefined && isLast !== true);
}

const OUTCOME_UNKNOWN =
  'An earlier submission of this id may have been accepted, and its job is unknown; nothing was sent.';

/**
 * What an id was used for, if not for this request.
 *
 * @param hash SHA-256 of the item, or a prefix of it
 */
export function findOtherUse(entry: JournalEntry | null, hash: string): string | null {
  if (entry?.deletedAt !== undefined) return describeDeleted(entry.deletedAt);
  if (entry === null || (entry.recipe?.hash ?? entry.requestHash).startsWith(hash)) return null;
  const used = listSubmissions(entry).filter(({ state }) => state !== 'unsent');
  const newest = used.at(-1);
  return newest === undefined ? null : describeOther(newest);
}

/** The entry after the files of its item were deleted. */
export function markDeleted(entry: JournalEntry, deletedAt: string): JournalEntry {
  return { ...entry, deletedAt, version: entry.version + 1 };
}

/** Whether a submission may still become a result. */
export function hasOpenSubmission(entry: JournalEntry): boolean {
  return listSubmissions(entry).some(
    ({ state, completed }) => state === 'sending' || (state === 'accepted' && completed === null),
  );
}

function describeDeleted(deletedAt: string): string {
  return `an item whose files were deleted from the store at ${deletedAt}`;
}

function describeOther(submission: JournalSubmission): string {
  return `an item of another request, of which ${describeUse(submission)}`;
}

function describeUse({ jobId, completed }: JournalSubmission): string {
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
export function takeOver(entry: JournalEntry, { step, run, call, attempt }: SubmissionClaim): JournalEntry {
  const own = focusOn(entry, step) ?? entry;
  return { ...own, run, call, attempt, version: entry.version + 1 };
}

/** The entry written before the POST. What was made from an earlier result of this step is not used again. */
export function newJournalEntry(
  { item, step, isLast, recipe, earlier = [], requestHash, run, call, attempt, writer }: SubmissionClaim,
  before: JournalEntry | null,
): JournalEntry {
  const version = (before?.version ?? 0) + 1;
  const kept = before === null ? [] : listSubmissions(before);
  const others = kept.filter((one) => one.step !== undefined && one.step !== step && earlier.includes(one.step));
  return {
    item,
    ...withoutMissing({ step, isLast, recipe }),
    ...(others.length === 0 ? {} : { others }),
    ...{ requestHash, run, call, attempt, version, writer, state: 'sending', jobId: null, completed: null },
  };
}

/** Changes to an entry that make its next version. */
export type SubmissionUpdate = Partial<Pick<JournalEntry, 'state' | 'jobId' | 'completed'>>;

export function withUpdate(entry: JournalEntry, update: SubmissionUpdate): JournalEntry {
  return { ...entry, ...update, version: entry.version + 1 };
}

/** The entry with the submission of a step in the first place; `null` if the step was never submitted. */
export function focusOn(entry: JournalEntry, step: string | undefined): JournalEntry | null {
  if (entry.step === step) return entry;
  const found = entry.others?.find((one) => one.step === step);
  if (found === undefined) return null;
  const { item, version, recipe, deletedAt } = entry;
  const others = listSubmissions(entry).filter((one) => one !== found);
  return { item, version, ...withoutMissing({ recipe, deletedAt }), ...found, others };
}

/** The newest one last. */
function listSubmissions(entry: JournalEntry) {
  const { item: _item, version: _version, recipe: _recipe, deletedAt: _deletedAt, others = [], ...own } = entry;
  return [...others, own] as readonly JournalSubmission[];
}

/** The job of a call, if it was accepted; `null` if none is known. */
export function findJobOfCall(entry: JournalEntry, run: string, call: number): string | null {
  const found = listSubmissions(entry).find((one) => one.run === run && one.call === call && one.state === 'accepted');
  return found?.jobId ?? null;
}

/**
 * The first steps of an item that have their results, as long as their requests have not changed.
 *
 * @param steps with the hash of each request, in order
 */
export function findFinished(
  entry: JournalEntry,
  steps: readonly { readonly id: string; readonly requestHash: string }[],
): readonly TakenOverStep[] {
  const found = steps.map(({ id, requestHash }) => {
    const own = focusOn(entry, id);
    return own?.requestHash === requestHash ? toTakenOverStep(id, own) : null;
  });
  return takeFirst(found, (step) => step !== null).flatMap((step) => step ?? []);
}

function toTakenOverStep(id: string, { jobId, completed }: JournalEntry): TakenOverStep | null {
  if (jobId === null || completed === null) return null;
  const { charge, missing } = completed;
  const { files } = withAllFiles(completed);
  return { id, jobId, charge, files, ...withoutMissing({ missing }) };
}

/**
 * The entry after a run has taken over the steps that earlier ones have finished.
 *
 * @param last id of the last step, which an edited recipe may have changed
 */
export function takeOverFinished(
  entry: JournalEntry,
  { run, recipe, ids, last }: Pick<SubmissionClaim, 'run'> & TakenOver,
): JournalEntry {
  const take = <S extends JournalSubmission>({ isLast: _before, ...one }: S) => {
    const now = one.step === last ? { isLast: true as const } : {};
    return { ...one, ...(ids.includes(one.step ?? '') ? { run } : {}), ...now };
  };
  const others = entry.others?.map(take);
  return { ...take(entry), recipe, version: entry.version + 1, ...withoutMissing({ others }) };
}

interface TakenOver {
  readonly recipe: JournalRecipe;
  readonly ids: readonly string[];
  readonly last: string | undefined;
}

/**
 * The whole result of an item: the files of its last step, and those of the steps to keep; `null` if it has none, or if its
 * files were deleted.
 */
export function findCompletedItem(entry: JournalEntry): CompletedJob | null {
  if (entry.deletedAt !== undefined) return null;
  if (entry.recipe === undefined) return entry.completed;
  const all = listSubmissions(entry);
  const last = all.find(({ isLast }) => isLast === true)?.completed ?? null;
  const kept = entry.recipe.keep.flatMap((id) => {
    const completed = all.find(({ step, isLast }) => step === id && isLast !== true)?.completed ?? null;
    return completed === null ? [] : toKeptFiles(id, withAllFiles(completed).files);
  });
  return last === null || kept.length === 0 ? last : { ...last, files: [...withAllFiles(last).files, ...kept] };
}

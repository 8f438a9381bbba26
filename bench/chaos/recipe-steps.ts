/** Steps of items in the ledger and in our reports. A step of an item is named by a place: its key and the id of the step. */
import type { LedgerEntry, PostRecord } from '../../emulator';
import type { ItemResultRow, StoredFile } from '../../workflows/domain/item/item';
import { withRowFiles } from '../../workflows/domain/item/result-row';
import { findKey, groupBy } from './evidence';
import type { PlannedRecipe } from './plan-recipe';
import { findContent } from './upload-address';

/** In the prompts of items with several steps, before everything that names the item. */
const NAMED_STEP = /step (\w+): /;

export function formatStepPrompt(step: string, prompt: string): string {
  return `step ${step}: ${prompt}`;
}

/** `null`: its item has one step. */
export function findStep(prompt: string): string | null {
  return NAMED_STEP.exec(prompt)?.[1] ?? null;
}

/** Keys contain no spaces. */
export function toPlace(key: string, step: string | null): string {
  return step === null ? key : `${key} ${step}`;
}

/** Groups jobs or POSTs by the step of the item that they are for. */
export function byPlace<T extends { readonly prompt: string }>(
  entries: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  return groupBy(entries, ({ prompt }) => toPlace(findKey(prompt), findStep(prompt)));
}

/** A step that has its files, or an item of one step. */
export interface MadeStep {
  readonly step: string | null;
  /** The job that made the files. */
  readonly jobId: string | null;
  /** The main one first. */
  readonly files: readonly StoredFile[];
}

/** The steps of an item that have their files. */
export function listMade(line: ItemResultRow): readonly MadeStep[] {
  const { steps, outcome, jobId } = line;
  if (steps === undefined)
    return outcome === 'succeeded' ? [{ step: null, jobId, files: withRowFiles(line).files }] : [];
  return steps
    .filter((step) => step.outcome === 'succeeded')
    .map(({ id, files }) => ({ step: id, jobId: findJob(line, id), files }));
}

function findJob({ submissions }: ItemResultRow, step: string): string | null {
  return submissions.filter((one) => one.step === step && one.code === null).at(-1)?.jobId ?? null;
}

/** Ids of the recipe's steps that a redrive pays again for an item: those from `from` on that have their files. */
export function listRepaid(line: ItemResultRow, { steps }: PlannedRecipe, from: number): readonly string[] {
  const made = new Set(listMade(line).map(({ step }) => step));
  return steps.slice(from).flatMap(({ id }) => (made.has(id) ? [id] : []));
}

/** Ids of the steps that may be paid again for an unknown item: all, if its report names none. */
export function listUnsettled(line: ItemResultRow, { steps }: PlannedRecipe): readonly string[] {
  const made = new Set(listMade(line).map(({ step }) => step));
  return steps.map(({ id }) => id).filter((id) => !made.has(id));
}

/** Names the item and the step of requests without a text by the file of the step before. */
export function labelSteps<E extends LedgerEntry | PostRecord>(
  entries: readonly E[],
  { steps }: PlannedRecipe,
  jobs: readonly LedgerEntry[],
): readonly E[] {
  const next = new Map<string, string>();
  const label = <T extends LedgerEntry | PostRecord>(entry: T): T => {
    const content = findContent(entry.inputs[0] ?? '') ?? '';
    return entry.prompt === '' ? { ...entry, prompt: next.get(content) ?? '' } : entry;
  };
  // In the order of acceptance: each job names the one after it.
  for (const job of jobs) {
    const { prompt, resultSha256 } = label(job);
    const at = steps.findIndex(({ id }) => id === findStep(prompt));
    const following = steps[at + 1];
    if (at < 0 || following === undefined || resultSha256 === null) continue;
    next.set(resultSha256, prompt.replace(NAMED_STEP, formatStepPrompt(following.id, '')));
  }
  return entries.map(label);
}

/** Finds the steps of a single item that earlier runs have finished. */
import { isDeepStrictEqual } from 'node:util';
import type { OpenedSteps, OpenStepsInput, TakenOverStep } from '../../workflows/domain/item/activity-contract';
import { SINGLE_ITEMS_FOLDER } from '../../workflows/domain/item/item';
import {
  findFinished,
  findOtherItem,
  type JournalEntry,
  refuseTaken,
  takeOverFinished,
} from '../../workflows/domain/item/journal-entry';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import type { ActivityDependencies } from '../dependencies';
import type { ResultStore } from '../store/result-store';
import { areStored } from './are-stored';
import { hashWork } from './hash-work';

/** @throws StoreUnavailable */
export async function openSteps(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key, run, steps, keep, ...abandoned }: OpenStepsInput,
): Promise<OpenedSteps> {
  const { supersedes = null, supersededJobs = null } = abandoned;
  const hash = hashWork({ operation: DEFAULT_OPERATION, request: {}, steps, keep });
  const recipe = { hash, keep };
  // The last step is taken over when it is submitted: an item with a result is one whose last step has ended.
  const earlier = steps.slice(0, -1);
  const named = earlier.map(({ id, operation, request }) => ({ id, requestHash: hashWork({ operation, request }) }));
  const last = steps.at(-1)?.id;
  for (;;) {
    const entry = await store.submissions.read(key);
    if (entry === null) return { recipe, finished: [], refusal: null };
    const use = findOtherItem(entry, recipe, { run, supersedes, supersededJobs });
    if (use !== null) return { recipe, finished: [], refusal: refuseTaken(key, use).message };
    const finished = await takeStored(store, key, findFinished(entry, named));
    const taken = takeOverFinished(entry, { run, recipe, ids: finished.map(({ id }) => id), last });
    // Another writer may have been faster.
    if (finished.length === 0 || isSame(entry, taken) || (await store.submissions.create(taken)))
      return { recipe, finished, refusal: null };
  }
}

/** The first steps whose files are in the store. The job of another one is fetched again. */
async function takeStored(
  store: ResultStore,
  key: string,
  steps: readonly TakenOverStep[],
): Promise<readonly TakenOverStep[]> {
  const place = { folder: SINGLE_ITEMS_FOLDER, key };
  for (const [index, { files }] of steps.entries()) {
    const [result] = files;
    if (result === undefined || !(await areStored(store, place, { result, files }))) return steps.slice(0, index);
  }
  return steps;
}

function isSame({ version: _before, ...entry }: JournalEntry, { version: _after, ...other }: JournalEntry): boolean {
  return isDeepStrictEqual(entry, other);
}

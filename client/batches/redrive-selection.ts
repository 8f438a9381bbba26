/** Selects the items of a redrive and their requests. By default nothing is selected that could be paid twice. */

import {
  type BatchStore,
  computeSpent,
  type ItemResult,
  type Manifest,
  type ManifestRow,
  readItems,
  settleItem,
  tallyItem,
  toCount,
  toEarlier,
} from '../../activities/store';
import { adviseName } from '../../input/requests/closest-match';
import type { FieldProblem } from '../../input/requests/request-schema';
import { formatCount } from '../../workflows/domain/base/format-count';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { BatchSettings } from '../../workflows/domain/batch/batch-settings';
import { DEFAULT_OUTCOMES } from '../../workflows/domain/batch/redrive-summary';
import { addTallies, EMPTY_TALLY, type Tally } from '../../workflows/domain/batch/tally';
import { decideRedrive } from '../../workflows/domain/item/decide-redrive';
import { hasOtherKeep, nameOnlyStep } from '../../workflows/domain/item/edited-row';
import type { Outcome } from '../../workflows/domain/item/item';
import type { RowSpool } from './batch-manifest';

export interface RedriveFilter {
  /** Outcomes to rerun. Default: all that cannot be paid twice. `unknown` implies `allowUnknown`. */
  readonly outcomes?: readonly Outcome[];
  /** Only items that ended with one of these codes. Default: any. */
  readonly codes?: ReadonlySet<string>;
  /** Only these keys. Default: any. */
  readonly keys?: ReadonlySet<string>;
  /** Requests that replace those of the manifest, by key. Only these items are rerun. */
  readonly edited?: ReadonlyMap<string, ManifestRow>;
  /** The id of the only step of the recipe of the edited rows; `null` if it has none. Absent: they are of no such recipe. */
  readonly onlyStep?: string | null;
  /** Also resubmit items that may have been charged and cannot be fetched. Default false. */
  readonly allowUnknown?: boolean;
  /** Id of the step to run again, with those after it. Default: the first that is not finished, or has changed. */
  readonly fromStep?: string;
}

export interface RedriveSelection {
  readonly selected: number;
  /** Number of paid POSTs if nothing is retried. */
  readonly submissions: number;
  /** Number of finished steps that are taken from the store. */
  readonly reused: number;
  /** Number of finished steps that are run and paid again, by their id. Absent: none. */
  readonly repaid?: Readonly<Record<string, number>>;
  /** Number of items that run each step again, by its id. Absent: the items have one step. */
  readonly steps?: Readonly<Record<string, number>>;
  /** Number of items whose only change is `keep`. They are not run again. Absent: none. */
  readonly rekept?: number;
  /** Outcomes of the items that are not rerun, and the spending of all items so far. */
  readonly base: Tally;
  /** Number of selected items with a job that may be charged: it is fetched first, which is free. */
  readonly fetched: number;
  /** Number of selected items that may have been charged already, and may be charged again. */
  readonly possiblyPaid: number;
  /** Number of items that may have been charged and cannot be fetched; `allowUnknown` would select them. */
  readonly leftUnknown: number;
  /** Number of rows of a sampled batch that no run has started; a redrive leaves them. Absent: none. */
  readonly notStarted?: number;
  /** Requested keys that are not in the batch. */
  readonly strangers: readonly string[];
  /** What is wrong with the wish, as far as it depends on the items. */
  readonly problems: readonly FieldProblem[];
}

type Prices = BatchSettings['prices'];

/**
 * Writes the selected items into `spool`.
 *
 * @param prices price of a submission by operation, to compute past spending
 */
export async function selectForRedrive(
  store: BatchStore,
  manifest: Manifest,
  filter: RedriveFilter,
  spool: RowSpool,
  prices: Prices = manifest.settings.prices,
): Promise<RedriveSelection> {
  const strangers = new Set([...(filter.keys ?? []), ...(filter.edited?.keys() ?? [])]);
  const known = { steps: new Set<string>(), flattened: 0 };
  const counts = { selected: 0, submissions: 0, reused: 0, fetched: 0, possiblyPaid: 0, leftUnknown: 0 };
  const steps = new Map<string, number>();
  const repaid = new Map<string, number>();
  let [base, notStarted, rekept] = [EMPTY_TALLY, 0, 0];
  for await (const item of readItems(store, manifest)) {
    const { key, steps: before = [] } = item.row;
    strangers.delete(key);
    if (!item.isStarted) {
      notStarted += 1;
      continue;
    }
    const edited = nameOnlyStep(item.row, filter.edited?.get(key), filter.onlyStep);
    const { steps: after = [] } = edited ?? item.row;
    if (before.length > 0 && after.length === 0) known.flattened += 1;
    for (const { id } of after) known.steps.add(id);
    const step = isWanted(item, filter) ? decide(item, edited, filter) : 'unchanged';
    if (typeof step === 'string') {
      base = addTallies(base, tallyItem(item, prices));
      if (step === 'left-unknown') counts.leftUnknown += 1;
      else if (item.line?.outcome === 'succeeded' && hasOtherKeep(item.row, edited)) rekept += 1;
      continue;
    }
    const { row, mayPayTwice, repeats } = step;
    counts.selected += 1;
    counts.reused += row.finished?.length ?? 0;
    counts.submissions += Math.max(1, step.steps.length);
    for (const id of step.steps) steps.set(id, (steps.get(id) ?? 0) + 1);
    for (const id of step.repaid) repaid.set(id, (repaid.get(id) ?? 0) + 1);
    if (row.jobId !== undefined) counts.fetched += 1;
    if (mayPayTwice) counts.possiblyPaid += 1;
    base = addTallies(base, computeSpent(item, prices, repeats));
    await spool.add({ ...row, earlier: toEarlier(item) });
  }
  const bySteps = {
    ...(repaid.size === 0 ? {} : { repaid: Object.fromEntries(repaid) }),
    ...(steps.size === 0 ? {} : { steps: Object.fromEntries(steps) }),
    ...(rekept === 0 ? {} : { rekept }),
  };
  const problems = findStepProblems(filter.fromStep, known);
  const submissions = counts.submissions - counts.fetched;
  return { ...counts, submissions, ...bySteps, ...toCount(notStarted), base, strangers: [...strangers], problems };
}

/** @param known ids of all steps, and the number of items of several steps that would have one */
function findStepProblems(
  fromStep: string | undefined,
  known: { readonly steps: ReadonlySet<string>; readonly flattened: number },
): readonly FieldProblem[] {
  const name = JSON.stringify(fromStep);
  const advice = known.steps.size === 0 ? 'the items have one step' : adviseName(fromStep ?? '', [...known.steps]);
  const missing =
    fromStep === undefined || known.steps.has(fromStep) ? [] : [`is ${name}, which is no step; ${advice}`];
  const lost = `has one step for ${formatCount(known.flattened, 'item')} of several; pass the recipe too (--recipe)`;
  return [
    ...missing.map((problem) => ({ field: 'fromStep', problem })),
    ...(known.flattened === 0 ? [] : [{ field: 'rows', problem: lost }]),
  ];
}

function decide(
  item: ItemResult,
  row: ManifestRow | undefined,
  { outcomes, allowUnknown, fromStep }: RedriveFilter,
): ReturnType<typeof decideRedrive> {
  const isAllowed = allowUnknown === true || outcomes?.includes('unknown') === true;
  const step = decideRedrive(item, { edited: row, isAllowed, fromStep });
  // Carried columns stay with the item unless they are edited.
  if (typeof step === 'string' || row?.values === undefined) return step;
  return { ...step, row: { ...step.row, ...withoutMissing({ values: row.values }) } };
}

function isWanted(item: ItemResult, { outcomes = DEFAULT_OUTCOMES, codes, keys, edited }: RedriveFilter): boolean {
  const { key } = item.row;
  const { outcome, code } = settleItem(item).line;
  return (
    outcomes.includes(outcome) &&
    (codes === undefined || codes.has(code ?? '')) &&
    (keys === undefined || keys.has(key)) &&
    (edited === undefined || edited.has(key))
  );
}

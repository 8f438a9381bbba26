/** Reruns the items of an ended batch that did not succeed; results merge into the same batch. */

import { type Manifest, type ManifestRow, toCount } from '../../activities/store';
import { InvalidRequestError } from '../../connection/errors';
import type { PictureInputs } from '../../input/pictures/picture-inputs';
import { type Plan, type PlanOptions, planRows } from '../../input/plan';
import type { BatchRows } from '../../input/program-rows';
import { findSettingsProblems, type Unchecked } from '../../input/requests/batch-settings';
import type { FieldProblem } from '../../input/requests/request-schema';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { type BatchLimits, toLimits } from '../../workflows/domain/batch/batch-options';
import { describeSelection, REDRIVABLE } from '../../workflows/domain/batch/redrive-summary';
import type { Outcome } from '../../workflows/domain/item/item';
import type { BatchContext } from './batch-context';
import { InvalidRowsError } from './invalid-rows-error';
import { type RowOptions, type RowSource, toBatchPlan, withRowSource } from './plan-batch';
import { type RedriveFilter, type RedriveSelection, selectForRedrive } from './redrive-selection';
import type { EndingBatch } from './refuse-if-running';
import { hasSeveralSteps, NEEDS_RECIPE } from './several-steps';
import { type EndedTerms, whenEnded } from './when-ended';

/** An outcome that can be rerun. */
export type RedrivableOutcome = (typeof REDRIVABLE)[number];

/** Selection and limits of a redrive. Absent limits are those of the batch. */
export interface RedriveTerms extends BatchLimits, EndedTerms {
  /**
   * Outcomes to rerun. Default: all but `succeeded`, except items that may have been charged and cannot be fetched.
   * `unknown` implies `allowUnknown`; `succeeded` requires edited rows or `fromStep`.
   */
  readonly outcomes?: readonly RedrivableOutcome[];
  /** Only items that ended with one of these codes. Default: any. */
  readonly codes?: Iterable<string>;
  /** Only items with these keys. Default: any. */
  readonly keys?: Iterable<string>;
  /** Also resubmit items that may have been charged and cannot be fetched; each may be paid twice. Default false. */
  readonly allowUnknown?: boolean;
  /** Step to run again, with those after it. Default: the first that is not finished, or whose request has changed. */
  readonly fromStep?: string;
  /** Only select, and start nothing. Default false. */
  readonly dryRun?: boolean;
}

/** Selection, requests and limits of a redrive. */
export interface RedriveOptions extends RedriveTerms, RowOptions {
  /** Requests that replace those of the batch, by `key`. Only these items are rerun. */
  readonly rows?: BatchRows;
}

/** The started redrive. */
export interface Redrive extends Omit<RedriveSelection, 'base' | 'strangers' | 'problems'> {
  readonly id: string;
}

/** Largest number of keys in an error. */
const MAX_NAMED_KEYS = 10;

/**
 * Waits until the batch and its pages have ended, selects items, and starts them. If none is selected, nothing is
 * started.
 *
 * @param edited rows of a file or of a program that replace those of the batch; `null`: none
 * @throws InvalidRequestError with every problem of the terms, or with keys that are not in the batch
 * @throws ManifestNotFoundError, BatchRefusedError as `whenEnded`
 * @returns `null` if the signal was aborted; nothing was started
 */
export async function redriveBatch(
  client: BatchContext,
  batch: EndingBatch,
  terms: RedriveTerms,
  edited: Omit<EditedRows, 'plan'> | null,
): Promise<Redrive | null> {
  const { id } = batch;
  refuseTerms(terms);
  if (terms.outcomes?.includes('succeeded') && edited === null && terms.fromStep === undefined)
    throw new InvalidRequestError([
      { field: 'outcomes', problem: 'has succeeded, which is only for edited rows or from a step' },
    ]);
  const check = (manifest: Manifest) => refuseTerms(terms, manifest.settings);
  return whenEnded(client, batch, terms, check, async ({ store, manifest, spool, run }) => {
    const bounds = toLimits(terms, manifest.settings);
    const filter = { ...toFilter(terms, edited?.rows ?? null), ...pickOnlyStep(edited) };
    const { base, strangers, problems, ...selection } = await selectForRedrive(
      store.batches,
      manifest,
      filter,
      spool,
      bounds.prices,
    );
    refuseStrangers(id, strangers);
    if (problems.length > 0) throw new InvalidRequestError(problems);
    if (selection.selected === 0 || terms.dryRun === true) return { id, ...selection };
    await terms.confirm?.(selection.submissions);
    await edited?.inputs?.keepUsed(store.inputs);
    const { notStarted = 0 } = selection;
    await run({ base, ...toCount(notStarted), summary: describeSelection(selection, filter), bounds });
    return { id, ...selection };
  });
}

/** Prices may come from the batch itself, so missing ones are detected later. */
const EVERY_PRICE = { prices: { '': 0 } };

/**
 * Returns every problem of the terms.
 *
 * @param before settings that apply where no new one is given
 */
export function findRedriveProblems(
  terms: Unchecked<RedriveTerms>,
  before: Parameters<typeof findSettingsProblems>[1] = EVERY_PRICE,
): readonly FieldProblem[] {
  const { outcomes } = terms;
  const wrong = outcomes === undefined ? [] : Array.isArray(outcomes) ? outcomes.filter(isNotRedrivable) : [outcomes];
  const known = REDRIVABLE.join(', ');
  return [
    ...wrong.map((one) => ({ field: 'outcomes', problem: `is ${JSON.stringify(one)}; must be one of ${known}` })),
    ...findSettingsProblems(terms, before),
  ];
}

/** Converts terms without problems. */
export function toRedriveTerms(given: Unchecked<RedriveTerms>): RedriveTerms {
  return withoutMissing(given) as RedriveTerms;
}

function isNotRedrivable(outcome: unknown): boolean {
  return !REDRIVABLE.some((name) => name === outcome);
}

/** @throws InvalidRequestError with every problem of the terms */
export function refuseTerms(terms: RedriveTerms, before?: Parameters<typeof findRedriveProblems>[1]): void {
  const problems = findRedriveProblems(terms, before);
  if (problems.length > 0) throw new InvalidRequestError(problems);
}

function toFilter(
  { outcomes, codes, keys, allowUnknown, fromStep }: RedriveTerms,
  edited: ReadonlyMap<string, ManifestRow> | null,
): RedriveFilter {
  const inOrder: readonly Outcome[] | undefined = outcomes && REDRIVABLE.filter((name) => outcomes.includes(name));
  const lists = { outcomes: inOrder, codes: codes && new Set(codes), keys: keys && new Set(keys) };
  return withoutMissing({ ...lists, edited: edited ?? undefined, allowUnknown, fromStep });
}

function refuseStrangers(id: string, strangers: readonly string[]): void {
  if (strangers.length === 0) return;
  const named = `${strangers.slice(0, MAX_NAMED_KEYS).join(', ')}${strangers.length > MAX_NAMED_KEYS ? ', …' : ''}`;
  const problem = `has keys that are not in the batch ${JSON.stringify(id)}: ${named}`;
  throw new InvalidRequestError([{ field: 'keys', problem }]);
}

export interface EditedRows {
  readonly plan: Plan;
  /** The files that the rows name. Default: none. */
  readonly inputs?: PictureInputs | undefined;
  readonly rows: ReadonlyMap<string, ManifestRow>;
  /** As of the source of the rows. */
  readonly onlyStep?: string | null | undefined;
}

function pickOnlyStep(edited: Pick<EditedRows, 'onlyStep'> | null): Pick<RedriveFilter, 'onlyStep'> {
  return edited?.onlyStep === undefined ? {} : { onlyStep: edited.onlyStep };
}

/** Rows that replace those of a batch, by key; the plan has their problems. */
export async function planEditedRows({ name, rows, plan: options, onlyStep }: RowSource): Promise<EditedRows> {
  const edited = new Map<string, ManifestRow>();
  const all: PlanOptions = {
    ...options,
    onRow: async ({ line: _line, ...row }) => {
      edited.set(row.key, row);
    },
  };
  return { plan: await planRows(name, rows, all), rows: edited, inputs: options.inputs, onlyStep };
}

/** @throws InvalidRowsError if a row is invalid, unless invalid rows are skipped; nothing was started */
export async function redriveWithRows(
  client: BatchContext,
  batch: EndingBatch,
  options: RedriveOptions,
): Promise<Redrive | null> {
  if (options.rows === undefined && options.recipe === undefined) return redriveBatch(client, batch, options, null);
  return withRowSource(client, options, async (source) => {
    const edited = await planEditedRows(source);
    const plan = toBatchPlan(edited.plan);
    if (!plan.mayStart) throw await explainInvalidRows(client, batch.id, options, plan);
    return redriveBatch(client, batch, options, edited);
  });
}

async function explainInvalidRows(
  client: Pick<BatchContext, 'openStore'>,
  id: string,
  { recipe }: Pick<RedriveOptions, 'recipe'>,
  plan: ConstructorParameters<typeof InvalidRowsError>[0],
): Promise<Error> {
  const lacksRecipe = recipe === undefined && (await hasSeveralSteps(client.openStore().batches, id));
  return lacksRecipe ? new InvalidRequestError([{ field: 'rows', problem: NEEDS_RECIPE }]) : new InvalidRowsError(plan);
}

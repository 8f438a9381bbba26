/** What a plan shows of the items of a recipe. */
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { RowStep } from '../../workflows/domain/item/item';
import { listSteps } from '../../workflows/domain/item/row-steps';
import { withStepFormats } from '../../workflows/domain/item/step-format';
import { toStepRole } from '../../workflows/domain/item/step-report';
import { getOperationRow } from '../../workflows/domain/operations/operations';
import type { PlannedRow } from '../check-rows';

/** An item with its request, or with its steps if there are several. */
type ShownItem = Pick<PlannedRow, 'key' | 'values'> &
  (
    | (Pick<PlannedRow, 'operation' | 'request'> & { readonly steps?: undefined })
    | { readonly steps: readonly RowStep[] }
  );

export interface RecipeOverview {
  readonly combinations: number;
  /** The first valid items, with their variables replaced. */
  readonly first: readonly ShownItem[];
  /** The longest name of a file of a result, without its ending; `null` if no item is valid. */
  readonly longestName: string | null;
}

const ITEMS_SHOWN = 3;

export class ItemOverview {
  private readonly first: ShownItem[] = [];
  private longestName: string | null = null;

  add(row: PlannedRow): void {
    const { key, operation, request, steps, values } = row;
    if (this.first.length < ITEMS_SHOWN) {
      const run = steps === undefined ? { operation, request } : { steps: withStepFormats(steps) };
      this.first.push({ key, ...run, ...withoutMissing({ values }) });
    }
    for (const name of listFileNames(row)) if (name.length > (this.longestName?.length ?? 0)) this.longestName = name;
  }

  show(combinations: number): RecipeOverview {
    return { combinations, first: this.first, longestName: this.longestName };
  }
}

/**
 * The names of the files of an item's result without their endings: those of the last step, whose main file has the name of the
 * item, and of the steps that are kept.
 */
function listFileNames(row: PlannedRow): readonly string[] {
  const { key, keep = [] } = row;
  const steps = listSteps(row);
  return steps.flatMap(({ id, operation }, index) => {
    const isLast = index === steps.length - 1;
    if (!isLast && (id === undefined || !keep.includes(id))) return [];
    return getOperationRow(operation).results.map(({ role }, at) => {
      if (id !== undefined && !isLast) return `${key}~${toStepRole(id, role)}`;
      return at === 0 ? key : `${key}~${role}`;
    });
  });
}

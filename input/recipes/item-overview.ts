/** What a plan shows of the items of a recipe. */
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { withStepFormats } from '../../workflows/domain/item/step-format';
import type { PlannedRow } from '../check-rows';

type ShownItem = Pick<PlannedRow, 'key' | 'operation' | 'request' | 'steps' | 'values'>;

export interface RecipeOverview {
  readonly combinations: number;
  /** The first valid items, with their variables replaced. */
  readonly first: readonly ShownItem[];
  /** The longest name of a file, without its ending; `null` if no item is valid. */
  readonly longestName: string | null;
}

const ITEMS_SHOWN = 3;

export class ItemOverview {
  private readonly first: ShownItem[] = [];
  private longestName: string | null = null;

  add({ key, operation, request, steps: planned, values }: PlannedRow): void {
    const steps = planned === undefined ? undefined : withStepFormats(planned);
    if (this.first.length < ITEMS_SHOWN)
      this.first.push({ key, operation, request, ...withoutMissing({ steps, values }) });
    if (key.length > (this.longestName?.length ?? 0)) this.longestName = key;
  }

  show(combinations: number): RecipeOverview {
    return { combinations, first: this.first, longestName: this.longestName };
  }
}

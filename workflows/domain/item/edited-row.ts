/** A row that replaces that of an item, and how the two differ. Pure. */
import { isSameRow } from './canonical-row';
import type { PlainRow } from './item';

/**
 * The edited row. If its recipe has one step, and that of the item had several, its step has an id, too.
 *
 * @param onlyStep the id of the only step of the recipe; `null` if it has none; `undefined`: the row is of no such recipe
 */
export function nameOnlyStep<Row extends PlainRow>(
  { steps: [first] = [] }: PlainRow,
  edited: Row | undefined,
  onlyStep: string | null | undefined,
): Row | undefined {
  if (edited === undefined || first === undefined || edited.steps !== undefined || onlyStep === undefined)
    return edited;
  const { operation, request } = edited;
  return { ...edited, request: {}, steps: [{ id: onlyStep ?? first.id, operation, request }] };
}

/** Whether only the steps that are kept differ. */
export function hasOtherKeep(before: PlainRow, edited: PlainRow | undefined): boolean {
  if (edited === undefined || before.steps === undefined || isSameRow(before, edited)) return false;
  return isSameRow(before, { ...edited, keep: before.keep ?? [] });
}

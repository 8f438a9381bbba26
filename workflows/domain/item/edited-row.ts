/** A row that replaces that of an item, and how the two differ. Pure. */
import { getOwn } from '../base/own-value';
import { isSameRow } from './canonical-row';
import type { PlainRow, RequestFields } from './item';
import { listSteps } from './row-steps';

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

/** The request with some other fields; `null` removes a field. */
export function changeRequest(request: RequestFields, fields: RequestFields): RequestFields {
  const changed = new Map([...Object.entries(request), ...Object.entries(fields)]);
  return Object.fromEntries([...changed].filter(([, value]) => value !== null));
}

/** The row with another request of one of its steps, without what earlier runs have left of it. */
export function withRequest(
  { key, operation, request, steps, keep }: PlainRow,
  step: string | undefined,
  changed: RequestFields,
): PlainRow {
  if (steps === undefined) return { key, operation, request: changed };
  const replaced = steps.map((one) => (one.id === step ? { ...one, request: changed } : one));
  return { key, operation, request, steps: replaced, ...(keep === undefined ? {} : { keep }) };
}

/** The fields whose values differ, in the order of the steps; of several steps as `STEP.FIELD`. */
export function listChangedFields(before: PlainRow, after: PlainRow): readonly string[] {
  const old = listSteps(before);
  return listSteps(after).flatMap(({ id, request }) => {
    const earlier = (old.length === 1 && id === undefined ? old[0] : old.find((one) => one.id === id))?.request ?? {};
    const names = [...new Set([...Object.keys(request), ...Object.keys(earlier)])];
    const changed = names.filter(
      (name) => JSON.stringify(getOwn(request, name)) !== JSON.stringify(getOwn(earlier, name)),
    );
    return changed.map((name) => (id === undefined ? name : `${id}.${name}`));
  });
}

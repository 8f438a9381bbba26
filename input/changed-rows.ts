/** Rows of which some fields change: each other field keeps its value. */
import { changeRequest, withRequest } from '../workflows/domain/item/edited-row';
import type { PlainRow, RequestFields } from '../workflows/domain/item/item';
import { listSteps } from '../workflows/domain/item/row-steps';
import type { OperationName } from '../workflows/domain/operations/operations';
import { mapInputs } from '../workflows/domain/operations/stored-input';
import type { PictureInputs } from './pictures/picture-inputs';
import { adviseName } from './requests/closest-match';
import { type FieldProblem, requestProblems } from './requests/request-schema';
import { markProblems } from './row-request';

/** A change of an item of a batch. */
export interface GivenChange {
  readonly key: string;
  /** Id of a step; absent: the item has one step. */
  readonly step?: string | undefined;
  /** New values by field; `null` removes a field. */
  readonly fields: RequestFields;
}

interface ChangedRows {
  /** The whole rows, by key. */
  readonly rows: ReadonlyMap<string, PlainRow>;
  /** Every problem, under `changes.INDEX`. */
  readonly problems: readonly FieldProblem[];
}

/** @param find returns the row of a key as it was run last; `null` if there is none */
export async function changeRows(
  changes: readonly GivenChange[],
  find: (key: string) => Promise<PlainRow | null>,
  inputs: PictureInputs,
): Promise<ChangedRows> {
  const rows = new Map<string, PlainRow>();
  const problems: FieldProblem[] = [];
  const places = new Map<string, number>();
  for (const [index, change] of changes.entries()) {
    const { key, step } = change;
    const place = JSON.stringify([key, step ?? '']);
    const row = rows.get(key) ?? (await find(key));
    const { changed, wrong } =
      row === null
        ? refuse('key', `is ${JSON.stringify(key)}, which no item of the batch has`)
        : places.has(place)
          ? refuse('key', `is ${JSON.stringify(key)}, which changes.${places.get(place)} has already`)
          : await changeOne(row, change, inputs);
    problems.push(...wrong.map(({ field, problem }) => ({ field: `changes.${index}.${field}`, problem })));
    places.set(place, places.get(place) ?? index);
    if (changed !== null) rows.set(key, changed);
  }
  return { rows, problems };
}

interface Changed {
  readonly changed: PlainRow | null;
  readonly wrong: readonly FieldProblem[];
}

function refuse(field: string, problem: string): Changed {
  return { changed: null, wrong: [{ field, problem }] };
}

async function changeOne(row: PlainRow, { step, fields }: GivenChange, inputs: PictureInputs): Promise<Changed> {
  const found = listSteps(row).find(({ id }) => id === step);
  if (found === undefined) return refuse('step', describeWrongStep(row, step));
  const { operation, request } = found;
  const kept = Object.entries(request).filter(([name]) => !Object.hasOwn(fields, name));
  const checked = changeRequest(hideInputs(operation, Object.fromEntries(kept)), fields);
  const wrong = [...requestProblems(operation, checked, inputs.accepted), ...markProblems(fields, [])];
  const resolved = await inputs.resolve(operation, fields);
  const all = [...wrong, ...resolved.problems.filter(({ field }) => !wrong.some((one) => one.field === field))];
  if (all.length > 0)
    return { changed: null, wrong: all.map(({ field, problem }) => ({ field: `fields.${field}`, problem })) };
  const changed = changeRequest(request, resolved.request);
  inputs.use(operation, changed);
  return { changed: withRequest(row, step, changed), wrong: [] };
}

/** Stands for an input that stays as it is: files in the store, and files of earlier steps, cannot be given. */
const KEPT = 'https://kept.invalid/';

function hideInputs(operation: OperationName, request: RequestFields): RequestFields {
  return mapInputs(operation, request, () => KEPT);
}

function describeWrongStep({ steps }: PlainRow, step: string | undefined): string {
  if (steps === undefined) return `is ${JSON.stringify(step)}, and the item has one step; leave it out`;
  const names = steps.map(({ id }) => id);
  if (step === undefined) return `is missing; the item has the steps ${names.join(', ')}`;
  return `is ${JSON.stringify(step)}, which is no step of the item; ${adviseName(step, names)}`;
}

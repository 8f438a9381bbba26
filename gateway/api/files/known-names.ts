/** Names that a filter of results may have: the steps of the items of a batch, and the roles of their files. */
import { type BatchStore, type Manifest, type ManifestRow, toPart } from '../../../activities/store';
import { adviseName } from '../../../input/requests/closest-match';
import { MAIN_ROLE } from '../../../workflows/domain/item/item';
import { listSteps } from '../../../workflows/domain/item/row-steps';
import { toStepRole } from '../../../workflows/domain/item/step-report';
import { getOperationRow } from '../../../workflows/domain/operations/operations';
import { ApiProblem } from '../problem';

type ListNames = (row: ManifestRow) => readonly string[];

const NAMES = {
  step: (row) => listSteps(row).flatMap(({ id }) => id ?? []),
  role: (row) => [MAIN_ROLE, ...listSteps(row).flatMap(listRoles)],
} as const satisfies Record<string, ListNames>;

function listRoles({ id, operation }: ReturnType<typeof listSteps>[number]): readonly string[] {
  const roles = getOperationRow(operation).results.map(({ role }) => role);
  return id === undefined ? roles : [...roles, ...roles.map((role) => toStepRole(id, role))];
}

/**
 * Reads rows until one has the name; a name of no row is refused with those that there are.
 *
 * @param name default: none, which is always right
 * @throws ApiProblem, StoreUnavailable
 */
export async function refuseUnknownName(
  batches: BatchStore,
  manifest: Manifest,
  field: keyof typeof NAMES,
  name: string | undefined,
): Promise<void> {
  if (name === undefined) return;
  const known = new Set<string>();
  for (const part of manifest.parts.keys()) {
    const rows = await batches.readPart(toPart(manifest, part));
    for (const one of rows.flatMap(NAMES[field])) known.add(one);
    if (known.has(name)) return;
  }
  const advice = known.size === 0 ? 'its items have one step' : adviseName(name, [...known]);
  const problem = `is ${JSON.stringify(name)}, which no item of the batch has; ${advice}`;
  throw new ApiProblem('INVALID_REQUEST', `${field} ${problem}`, {
    errors: [{ field, problem }],
    remedy: 'Use one of the names in "errors", or leave the filter out.',
  });
}

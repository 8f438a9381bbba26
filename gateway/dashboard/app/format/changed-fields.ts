/** Which fields of a request a form changes. */
import type { OperationName } from '../../../../workflows/domain/operations/operations';
import { type FormValues, toRequest } from './operation-form';

/** The fields that differ, with their new values; `null`: the field was emptied. */
export function listChanges(
  operation: OperationName,
  before: FormValues<never>,
  after: FormValues<File>,
): Readonly<Record<string, unknown>> {
  const old = new Map(Object.entries(toRequest(operation, before).request));
  const now = new Map(Object.entries(toRequest(operation, after).request));
  const names = new Set([...old.keys(), ...now.keys()]);
  return Object.fromEntries(
    [...names]
      .filter((name) => JSON.stringify(old.get(name)) !== JSON.stringify(now.get(name)))
      .map((name) => [name, now.get(name) ?? null]),
  );
}

/** The body that starts a single item. */
import type { OperationName } from '../../../../workflows/domain/operations/operations';
import { type FormValues, toRequest } from './operation-form';

interface ItemFields {
  /** Empty: a hash of the request. */
  readonly id: string;
  readonly operation: OperationName;
  readonly values: FormValues<File>;
  readonly waitWhileHeld: boolean;
}

interface ItemBody {
  readonly item: object;
  /** The same with the files that it names; `null`: it names none. */
  readonly form: FormData | null;
}

export function toItemBody({ id, operation, values, waitWhileHeld }: ItemFields): ItemBody {
  const { request, parts } = toRequest(operation, values);
  const named = id.trim() === '' ? {} : { id: id.trim() };
  const item = { ...named, operation, request, waitWhileHeld };
  if (parts.size === 0) return { item, form: null };
  const form = new FormData();
  form.append('item', JSON.stringify(item));
  for (const [part, file] of parts) form.append(part, file);
  return { item, form };
}

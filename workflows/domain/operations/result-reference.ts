/** Inputs that are results of earlier items, by the names that callers give them. Pure. */

import type { OperationName } from './operations';
import { listInputs, parseStoredValue, type RequestInput } from './stored-input';

/** The result of an earlier item in the store. */
export type ResultReference =
  | { readonly kind: 'item'; readonly id: string }
  | { readonly kind: 'batch'; readonly batchId: string; readonly key: string };

/** Parses `item:ID` and `batch:ID/KEY`; `null` for anything else. */
export function parseResultReference(value: string): ResultReference | null {
  const [, id] = /^item:(.+)$/i.exec(value) ?? [];
  if (id !== undefined) return { kind: 'item', id };
  const [, batchId, key] = /^batch:([^/]+)\/([^/]+)$/i.exec(value) ?? [];
  return batchId === undefined || key === undefined ? null : { kind: 'batch', batchId, key };
}

/** An input that is a result, or that a workflow cannot use. */
interface WorkflowInput {
  readonly field: string;
  readonly value: string;
  /** `null` if it is a result. */
  readonly problem: string | null;
}

/** Lists the inputs of a request in a workflow that can be sent only once they are resolved, or not at all. */
export function listUnresolved(
  operation: OperationName,
  request: Readonly<Record<string, unknown>>,
): readonly WorkflowInput[] {
  return listInputs(operation, request)
    .filter((input) => !isResolved(input))
    .map(({ field, media, value }) => {
      const isResult = media === 'image' && parseResultReference(value) !== null;
      return { field, value, problem: isResult ? null : UNUSABLE[media] };
    });
}

function isResolved({ media, value }: RequestInput): boolean {
  return /^https?:/i.test(value) || (media === 'image' && parseStoredValue(value) !== null);
}

const UNUSABLE: Readonly<Record<RequestInput['media'], string>> = {
  image:
    'must be an address that begins with https:// or http://, item:ID, batch:ID/KEY or what client.storeInputs returns for a file',
  audio: 'must be an address that begins with https:// or http://',
};

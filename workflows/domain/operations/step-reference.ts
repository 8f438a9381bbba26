/** Inputs that are files of earlier steps of the same item. They are known only when those steps have ended. */

import { isObject } from '../base/is-object';
import { getOwn } from '../base/own-value';
import { getOperationRow, type OperationName } from './operations';

type RequestFields = Readonly<Record<string, unknown>>;

/** The value of a field that takes the file of a step. */
export interface StepReference {
  readonly step: string;
  /** Default: the main file. */
  readonly role?: string;
}

export function isStepReference(value: unknown): value is StepReference {
  return isObject(value) && typeof value['step'] === 'string';
}

/** Lists the files of earlier steps that a request uses. */
export function listStepReferences(operation: OperationName, request: RequestFields): readonly StepReference[] {
  const found: StepReference[] = [];
  replaceStepReferences(operation, request, (reference) => {
    found.push(reference);
    return '';
  });
  return found;
}

/** Returns a copy of a request in which each reference is replaced by another value. */
export function replaceStepReferences(
  operation: OperationName,
  request: RequestFields,
  replace: (reference: StepReference) => string,
): RequestFields {
  const replaceOne = (value: unknown) => (isStepReference(value) ? replace(value) : value);
  const entries = Object.entries(request).map(([field, value]) => {
    const rule = getOwn(getOperationRow(operation).fields, field);
    if (rule?.type !== 'url' && rule?.type !== 'urls') return [field, value];
    return [field, Array.isArray(value) ? value.map(replaceOne) : replaceOne(value)];
  });
  return Object.fromEntries(entries);
}

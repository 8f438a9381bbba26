/** Inputs that are files of earlier steps of the same item. They are known only when those steps have ended. */

import { isObject } from '../base/is-object';
import type { OperationName } from './operations';
import { mapInputs } from './stored-input';

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
  return mapInputs(operation, request, (value) => (isStepReference(value) ? replace(value) : value));
}

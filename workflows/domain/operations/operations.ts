/**
 * The provider's operations: one row per endpoint, named by its path without the version. Checks, flags, columns, the
 * documentation and the request body are derived from the rows.
 */
import { getOwn } from '../base/own-value';
import { BACKGROUND } from './background';
import { BRANDING } from './branding';
import { CREATOR } from './creator';
import { EDIT } from './edit';
import type { FieldRule, OperationRow } from './field-rules';
import { GENERATE } from './generate';
import { IDENTITY } from './identity';
import { UPSCALE } from './upscale';

export type { FieldRule, OperationRow, OutputKind, ResultField } from './field-rules';

export const OPERATIONS = {
  ...GENERATE,
  ...EDIT,
  ...BACKGROUND,
  ...UPSCALE,
  ...BRANDING,
  ...IDENTITY,
  ...CREATOR,
} as const satisfies Readonly<Record<string, OperationRow>>;

/** An operation of the API, for example `generate/image`. */
export type OperationName = keyof typeof OPERATIONS;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];
export const DEFAULT_OPERATION = 'generate/image' satisfies OperationName;

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

/** The row of an operation, with the common type rather than its literal type. */
export function getOperationRow(name: OperationName): OperationRow {
  return OPERATIONS[name];
}

/** The rule of a field; `undefined` if the operation has no such field. */
export function findFieldRule(name: OperationName, field: string): FieldRule | undefined {
  return getOwn(getOperationRow(name).fields, field);
}

/** The fields that every request of an operation requires. */
export function listRequiredFields(name: OperationName): readonly string[] {
  const fields = Object.entries(getOperationRow(name).fields);
  return fields.filter(([, rule]) => rule.required === true).map(([field]) => field);
}

/** Describes a field in one line, with its default. */
export function describeField(rule: FieldRule): string {
  return rule.default === undefined ? rule.about : `${rule.about}; default ${rule.default}`;
}

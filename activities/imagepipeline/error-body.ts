/** Reads the provider's error bodies. */
import { getOwn } from '../../workflows/domain/base/own-value';
import { type FailureCode, isProviderFailureCode } from '../../workflows/domain/failures/failures';
import type { ErrorBody } from './wire';

/** Error codes spelled differently from the published list of job failures. */
const ERROR_CODE_NAMES: Readonly<Record<string, FailureCode>> = {
  INSUFFICIENT_BALANCE: 'INSUFFICIENT_CREDITS',
  INVALID_PARAMETERS: 'INPUT_INVALID',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
};

/** The published code that an error names; `null` if it names none. */
export function readCode(error: ErrorBody | undefined): FailureCode | null {
  const name = error?.error_code;
  if (!name) return null;
  return isProviderFailureCode(name) ? name : (getOwn(ERROR_CODE_NAMES, name) ?? null);
}

/** The provider's own text, after a colon: the invalid fields of a 422 with their paths, or the message. */
export function toSentence(error: ErrorBody | undefined): string {
  const sentence = readProblems(error) ?? error?.message ?? (typeof error?.error === 'string' ? error.error : null);
  return sentence ? `: ${sentence}` : '';
}

function readProblems(error: ErrorBody | undefined): string | null {
  const detail = error?.detail;
  if (typeof detail === 'string') return detail;
  if (!detail || detail.length === 0) return null;
  return detail.map(({ loc, msg }) => `${(loc ?? []).join('.') || 'body'}: ${msg ?? 'invalid'}`).join('; ');
}

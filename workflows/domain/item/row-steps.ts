import type { PlainRow, RowStep } from './item';

/** The operations and requests of a row. The only step of a row has no id. */
export function listSteps({
  operation,
  request,
  steps,
}: Pick<PlainRow, 'operation' | 'request' | 'steps'>): readonly (Omit<RowStep, 'id'> & Partial<Pick<RowStep, 'id'>>)[] {
  return steps ?? [{ operation, request }];
}

/**
 * The operation of a submission.
 *
 * @param step its step; absent for the only step of a row
 */
export function findOperation({ operation, steps }: Pick<PlainRow, 'operation' | 'steps'>, step?: string): string {
  return steps?.find(({ id }) => id === step)?.operation ?? operation;
}

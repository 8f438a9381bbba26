import type { FieldProblem } from '../requests/request-schema';

/** A row as it was read, before its values are checked. */
export interface InputRow {
  /** The line of the file where it begins, counted from 1. */
  readonly line: number;
  /** Its number among the rows, counted from 1: blank lines and the header have none. */
  readonly number: number;
  /** By field, `key` or `operation`. Empty where the row itself could not be read. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What comes back in results and is not sent, by the column of the file. */
  readonly carried?: Readonly<Record<string, unknown>>;
  /** What is wrong with the names of a row that was read. */
  readonly nameProblems?: readonly FieldProblem[];
  /** Why the row could not be read. */
  readonly problems: readonly FieldProblem[];
  /** What was found that is right, and may not be meant; of this line or of one before it. */
  readonly warnings?: readonly InputWarning[];
}

export interface InputWarning extends FieldProblem {
  readonly line: number;
}

/**
 * Longest row, in bytes: a hundred times the longest prompt. What is longer is a quote that was never closed, or a
 * picture in a cell, and would fill the memory.
 */
export const MAX_ROW_BYTES = 1_000_000;

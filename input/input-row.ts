import type { FieldProblem } from './requests/request-schema';

/** A row as read, before its values are checked. */
export interface InputRow {
  /** The line of the file where it begins, from 1. */
  readonly line: number;
  /** Its number among the rows, from 1; blank lines and the header do not count. */
  readonly number: number;
  /** Values by field, `key` or `operation`. Empty if the row could not be read. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Its steps in order, if there are several; `values` has only the key then. */
  readonly steps?: readonly InputStep[];
  /** Ids of steps whose files are results, beside the last one. Default: none. */
  readonly keep?: readonly string[];
  /** Values that are returned with the results but not sent, by column of the file. */
  readonly carried?: Readonly<Record<string, unknown>>;
  /** Problems with the names in the row. */
  readonly nameProblems?: readonly FieldProblem[];
  /** Why the row could not be read. */
  readonly problems: readonly FieldProblem[];
  /** Valid but suspicious findings in this line or in one before it. */
  readonly warnings?: readonly InputWarning[];
}

export interface InputStep {
  readonly id: string;
  /** Values by field, or `operation`. A field may have a reference to an earlier step. */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface InputWarning extends FieldProblem {
  readonly line: number;
}

/**
 * Longest row in bytes: a hundred times the longest prompt. A longer one is an unclosed quote, or a
 * picture in a cell, and would fill the memory.
 */
export const MAX_ROW_BYTES = 1_000_000;

/** The differences between the rows of a batch and those that were planned under its id before. */

/** Keys, each in the order of its file. */
export interface RowDifferences {
  /** Keys of rows with another request. */
  readonly changed: readonly string[];
  /** Keys of planned rows that are missing. */
  readonly gone: readonly string[];
  /** Keys of rows that were not planned. */
  readonly added: readonly string[];
}

/** Number of keys named per kind; more are counted. */
const KEYS_NAMED = 5;

/** Whether the rows are the same, in any order. */
export function areSame({ changed, gone, added }: RowDifferences): boolean {
  return changed.length + gone.length + added.length === 0;
}

/** For people, for instance `2 rows have another request (b, c), 1 row is gone (d)`. */
export function formatDifferences({ changed, gone, added }: RowDifferences): string {
  const parts = [
    sentence(changed, 'has another request', 'have another request'),
    sentence(gone, 'is gone', 'are gone'),
    sentence(added, 'is new', 'are new'),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function sentence(keys: readonly string[], one: string, many: string): string {
  if (keys.length === 0) return '';
  const named = `${keys.slice(0, KEYS_NAMED).join(', ')}${keys.length > KEYS_NAMED ? ', …' : ''}`;
  return `${keys.length} ${keys.length === 1 ? `row ${one}` : `rows ${many}`} (${named})`;
}

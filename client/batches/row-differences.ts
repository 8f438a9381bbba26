/** Compares the rows of a batch with those that were planned under its id before. */
import { createHash } from 'node:crypto';
import { type BatchStore, getPlannedRun, type Manifest, type ManifestRow, toPart } from '../../activities/store';
import { canonicalRow } from '../../workflows/domain/item/canonical-row';
import type { RowSpool } from './batch-manifest';

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

/** Finds the differences. Keeps some bytes per row in memory. */
export async function findDifferences(
  store: BatchStore,
  manifest: Manifest,
  spool: Pick<RowSpool, 'all'>,
): Promise<RowDifferences> {
  const planned = new Map<string, string>();
  for await (const row of plannedRows(store, manifest)) planned.set(row.key, hashRow(row));
  const [changed, added]: [string[], string[]] = [[], []];
  for await (const row of spool.all()) {
    const before = planned.get(row.key);
    if (before === undefined) added.push(row.key);
    else if (before !== hashRow(row)) changed.push(row.key);
    planned.delete(row.key);
  }
  return { changed, gone: [...planned.keys()], added };
}

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

async function* plannedRows(store: BatchStore, manifest: Manifest): AsyncGenerator<ManifestRow> {
  const { parts } = getPlannedRun(manifest);
  for (const part of parts.keys()) yield* await store.readPart(toPart(manifest, part));
}

function hashRow(row: ManifestRow): string {
  return createHash('sha256').update(canonicalRow(row)).digest('base64');
}

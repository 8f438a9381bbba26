/** Compares the rows of a batch with those that were planned under its id before. */
import { createHash } from 'node:crypto';
import {
  type BatchStore,
  getPlannedRun,
  listOwnParts,
  type Manifest,
  type ManifestRow,
  toPart,
} from '../../activities/store';
import type { RowDifferences } from '../../input/row-differences';
import { canonicalRow } from '../../workflows/domain/item/canonical-row';
import type { RowSpool } from './batch-manifest';

/** Finds the differences. Rows that were added later may be given or not. Keeps some bytes per row in memory. */
export async function findDifferences(
  store: BatchStore,
  manifest: Manifest,
  spool: Pick<RowSpool, 'all'>,
): Promise<RowDifferences> {
  const planned = new Map<string, string>();
  const later = new Map<string, string>();
  const { length } = getPlannedRun(manifest).parts;
  for (const part of listOwnParts(manifest)) {
    const into = part < length ? planned : later;
    for (const row of await store.readPart(toPart(manifest, part))) into.set(row.key, hashRow(row));
  }
  const [changed, added]: [string[], string[]] = [[], []];
  for await (const row of spool.all()) {
    const before = planned.get(row.key) ?? later.get(row.key);
    if (before === undefined) added.push(row.key);
    else if (before !== hashRow(row)) changed.push(row.key);
    planned.delete(row.key);
  }
  return { changed, gone: [...planned.keys()], added };
}

function hashRow(row: ManifestRow): string {
  return createHash('sha256').update(canonicalRow(row)).digest('base64');
}

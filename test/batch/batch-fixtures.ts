/** Batches as tests start them: rows into the store, then the workflow, and what the emulator says of them after. */
import { FilesystemStore, readResults } from '../../activities/store';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { BatchStatus } from '../../client/batches/batch-status';
import type { Action, LedgerEntry } from '../../emulator';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import type { BatchInput } from '../../workflows/messages';
import { MANIFEST_FIELDS } from '../support/manifest-fields';
import type { Rig } from '../support/rig';
import { until } from '../support/until';

interface FixtureOptions extends Partial<Omit<BatchInput, 'parts' | 'rowsHash'>> {
  /** Rows of a page; default 250. */
  readonly pageSize?: number;
  /** What is written behind the prompt of an item, for instance a directive; by its number from 0. */
  readonly asking?: (number: number) => string;
  /** Temporal namespace that it runs in; default `default`. */
  readonly namespace?: string;
}

const DIGITS = 4;
const HOUR = 3_600_000;
/** Stands for the hash of the rows. */
export const ROWS_HASH = 'abc0';

export function formatKey(number: number): string {
  return `k${String(number).padStart(DIGITS, '0')}`;
}

/** Says which item of which batch it belongs to, so that rules and ledger can tell them apart. */
export function formatRowPrompt(id: string, key: string): string {
  return `a picture of ${key} for the batch ${id}.`;
}

/** Writes the rows of a batch into the store, as the client does after it has planned a file. */
export async function writeBatch(store: string, id: string, items: number, options: FixtureOptions = {}) {
  const { pageSize = 250, asking = () => '', namespace = 'default' } = options;
  const { batches } = new FilesystemStore(store);
  const parts: number[] = [];
  for (let first = 0; first < items; first += pageSize) {
    const numbers = Array.from({ length: Math.min(pageSize, items - first) }, (_, index) => first + index);
    const rows = numbers.map((number) => {
      const prompt = `${formatRowPrompt(id, formatKey(number))} ${asking(number)}`;
      const request = { prompt, width: 32, height: 32, output_format: 'png' };
      return { key: formatKey(number), operation: 'generate/image' as const, request };
    });
    await batches.writePart({ batchId: id, part: parts.length, rowsHash: ROWS_HASH }, rows);
    parts.push(rows.length);
  }
  const planned = { ...MANIFEST_FIELDS, batchId: id, parts, rowsHash: ROWS_HASH, sha256: `hash of ${id}` };
  const manifest = await batches.createManifest({ ...planned, server: { namespace, clusterId: null } });
  return { parts, manifest, batches };
}

/** Plants a batch and starts it. */
export async function startBatch(
  rig: Pick<Rig, 'client' | 'store'>,
  id: string,
  items: number,
  options: FixtureOptions = {},
): Promise<BatchHandle> {
  const { pageSize: _size, asking: _asking, namespace = rig.client.temporal.options.namespace, ...input } = options;
  const { parts, manifest } = await writeBatch(rig.store, id, items, { ...options, namespace });
  const settings = { concurrency: 10, items: { deadlineMs: HOUR }, ...input };
  return rig.client.startPlanned(id, { ...settings, parts, rowsHash: ROWS_HASH }, manifest.sha256);
}

export async function listResults({ store }: Pick<Rig, 'store'>, id: string): Promise<readonly ItemResultRow[]> {
  const { batches } = new FilesystemStore(store);
  const manifest = await batches.readManifest(id);
  const lines: ItemResultRow[] = [];
  if (manifest !== null) for await (const line of readResults(batches, manifest)) lines.push(line);
  return lines;
}

/** What a status counts, with nothing that is zero. */
export function pickCounts({ counts }: BatchStatus): Readonly<Record<string, number>> {
  const { total: _total, skipped: _skipped, ...rest } = counts;
  return Object.fromEntries(Object.entries(rest).filter(([, count]) => count > 0));
}

export function sumOfCounts(status: BatchStatus): number {
  return Object.values(pickCounts(status)).reduce((sum, count) => sum + count, 0);
}

/** What the provider accepted for each key of a batch. */
export function jobsByKey({ emulator }: Pick<Rig, 'emulator'>, id: string): ReadonlyMap<string, LedgerEntry[]> {
  const found = new Map<string, LedgerEntry[]>();
  for (const job of emulator.ledger().jobs) {
    const [, key = ''] = /^a picture of (\S+) for the batch (\S+)\./.exec(job.prompt) ?? [];
    if (!job.prompt.startsWith(formatRowPrompt(id, key))) continue;
    found.set(key, [...(found.get(key) ?? []), job]);
  }
  return found;
}

/** Jobs of a batch that the provider is working on now. */
export function inFlight(rig: Pick<Rig, 'emulator'>, id: string): number {
  return [...jobsByKey(rig, id).values()].flat().filter(({ endedAt }) => endedAt === null).length;
}

export function accepted(rig: Pick<Rig, 'emulator'>, id: string): number {
  return [...jobsByKey(rig, id).values()].flat().length;
}

/** A rule for one item, or for every item of a batch. */
export function scriptFor({ emulator }: Rig, id: string, key: string | null, then: Action, times?: number): void {
  const promptIncludes = key === null ? `for the batch ${id}.` : formatRowPrompt(id, key);
  emulator.script({ match: { promptIncludes }, ...(times === undefined ? {} : { times }), then });
}

/** Waits until the counts of a batch are as wanted, and gives the status. */
export function untilStatus(
  what: string,
  batch: BatchHandle,
  wanted: (status: BatchStatus) => boolean,
): Promise<BatchStatus> {
  return until(what, async () => {
    const status = await batch.status();
    return wanted(status) ? status : null;
  });
}

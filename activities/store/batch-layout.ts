/**
 * Where everything of a batch lies below a store's address, and how it is written. Folders and buckets have the same
 * layout, so that one can be copied into the other.
 */
import { createHash } from 'node:crypto';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import type { PartReference } from '../../workflows/domain/item/item';

const DIGITS = 6;
const ROWS_HASH = /^[0-9a-f]{1,64}$/;
const SEGMENT = /\/(\d+)-(\d+)(?:-([0-9a-f]+))?\.jsonl$/;
/** Of the hash of a run, as part of a name. */
const TAG_LENGTH = 8;

/** Some of the outcomes of a part. */
interface Segment {
  readonly part: number;
  readonly sequence: number;
  /** Of the run that wrote it, so that no run replaces what another has written; empty: no page has. */
  readonly tag: string;
}

/** Says that a part was begun, and by which run of its page. */
export const BEGIN_SEQUENCE = 0;

/** @param run of the page's workflow; empty: it is no page that writes */
export function toTag(run: string): string {
  return run === '' ? '' : createHash('sha256').update(run).digest('hex').slice(0, TAG_LENGTH);
}

/** Created last, once and for all: whoever creates it has the id. */
export function manifestName(batchId: string): string {
  return toName(batchId, 'manifest.json');
}

/** What a redrive runs; created once, like the manifest. The first is number 1. */
export function runName(batchId: string, run: number): string {
  return `${runsPrefix(batchId)}${padNumber(run)}.json`;
}

/** How the names of all runs of a batch begin. */
export function runsPrefix(batchId: string): string {
  return toName(batchId, 'runs/');
}

/** The rows of a part. */
export function partName({ batchId, part, rowsHash }: PartReference): string {
  if (!ROWS_HASH.test(rowsHash)) throw new Error(`${JSON.stringify(rowsHash)} is no hash of the rows of a batch`);
  return toName(batchId, `parts/${padNumber(part)}-${rowsHash}.jsonl`);
}

/** Segments of a part follow one another by their sequence. */
export function segmentName(batchId: string, { part, sequence, tag }: Segment): string {
  return `${segmentsPrefix(batchId, part)}${padNumber(sequence)}${tag === '' ? '' : `-${tag}`}.jsonl`;
}

/** How the names of a part's segments begin. */
export function segmentsPrefix(batchId: string, part: number): string {
  return `${outcomesPrefix(batchId)}${padNumber(part)}-`;
}

/** How the names of all segments of a batch begin. */
export function outcomesPrefix(batchId: string): string {
  return toName(batchId, 'outcomes/');
}

/** `null` for a file that is no segment. */
export function parseSegment(name: string): Segment | null {
  const [, part, sequence, tag = ''] = SEGMENT.exec(name) ?? [];
  return part === undefined ? null : { part: Number(part), sequence: Number(sequence), tag };
}

export function formatLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

export function parseLines<T>(text: string): readonly T[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

function toName(batchId: string, name: string): string {
  if (!isSafeKey(batchId)) throw new Error(`the batch id ${JSON.stringify(batchId)} is not safe as a folder name`);
  return `batches/${batchId}/${name}`;
}

function padNumber(number: number): string {
  return String(number).padStart(DIGITS, '0');
}

/**
 * Names and file formats of everything a batch keeps below a store's address. Folders and buckets share the layout, so
 * one can be copied to the other.
 */
import { createHash } from 'node:crypto';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import type { PartReference } from '../../workflows/domain/item/item';
import type { RecordedStep } from '../../workflows/domain/item/recorded-steps';
import type { SubmissionOfRow } from '../../workflows/domain/item/unreported-job';

const DIGITS = 6;
const MANIFEST = 'manifest.json';
const RUNS = 'runs/';
const DELETED = 'deleted.json';
const ROWS_HASH = /^[0-9a-f]{1,64}$/;
const SEGMENT = /\/(\d+)-(\d+)(?:-([0-9a-f]+))?\.jsonl$/;
const UNREPORTED = /\/(\d+)-unreported-[0-9a-f]+\.json$/;
/** Length of a run's hash in a file name, in characters. */
const TAG_LENGTH = 8;
/** Length of the hash of a submission or a step in a file name, in characters. */
const RECORD_LENGTH = 32;

/** A file with some outcomes of a part. */
interface Segment {
  readonly part: number;
  readonly sequence: number;
  /** Tag of the run that wrote the segment; runs never replace each other's segments. Empty if no page wrote it. */
  readonly tag: string;
}

/** Sequence of the segment that marks a part as begun, and by which page run. */
export const BEGIN_SEQUENCE = 0;

/** @param run run id of the page workflow; empty if the writer is not a page */
export function toTag(run: string): string {
  return run === '' ? '' : createHash('sha256').update(run).digest('hex').slice(0, TAG_LENGTH);
}

/** Created last and only once: the manifest's creator owns the batch id. */
export function manifestName(batchId: string): string {
  return toName(batchId, MANIFEST);
}

/** Name of the file that describes a redrive or a step of a deletion; created once, like the manifest. Numbers start at 1. */
export function runName(batchId: string, run: number): string {
  return `${runsPrefix(batchId)}${padNumber(run)}.json`;
}

/** Prefix of the names of all runs of a batch. */
export function runsPrefix(batchId: string): string {
  return toName(batchId, RUNS);
}

/** Name of the mark that the files of a batch are deleted. Derived from its runs, which decide. */
export function deletedName(batchId: string): string {
  return toName(batchId, DELETED);
}

/** What a file of a batch is, by its name within the batch. */
export function isManifest(name: string): boolean {
  return name === MANIFEST;
}

export function isDeletedMark(name: string): boolean {
  return name === DELETED;
}

/** Whether a file stays when its batch is deleted: it keeps the id from being used again. `name` is within the batch. */
export function isRecordOfBatch(name: string): boolean {
  return name === MANIFEST || name === DELETED || name.startsWith(RUNS);
}

/** Prefix of the names of all files of a batch. */
export function batchPrefix(batchId: string): string {
  return toName(batchId, '');
}

/** Name of the file with a part's rows. */
export function partName({ batchId, part, rowsHash }: PartReference): string {
  return toName(batchId, `parts/${fileOfPart(part, rowsHash)}`);
}

/** Name of the file with rows of a schedule, from which each of its runs copies them; the id is that of the schedule. */
export function scheduledPartName({ batchId, part, rowsHash }: PartReference): string {
  return toName(batchId, fileOfPart(part, rowsHash), 'schedules');
}

function fileOfPart(part: number, rowsHash: string): string {
  if (!ROWS_HASH.test(rowsHash)) throw new Error(`${JSON.stringify(rowsHash)} is not a hash of a batch's rows`);
  return `${padNumber(part)}-${rowsHash}.jsonl`;
}

/** Name of a segment; the segments of a part sort by sequence. */
export function segmentName(batchId: string, { part, sequence, tag }: Segment): string {
  return `${segmentsPrefix(batchId, part)}${padNumber(sequence)}${tag === '' ? '' : `-${tag}`}.jsonl`;
}

/** Prefix of the names of a part's segments and records. */
export function segmentsPrefix(batchId: string, part: number): string {
  return `${outcomesPrefix(batchId)}${padNumber(part)}-`;
}

/** Prefix of the names of the segments and records of a hundred parts, among them this one. */
export function neighboursPrefix(batchId: string, part: number): string {
  return `${outcomesPrefix(batchId)}${padNumber(part).slice(0, -2)}`;
}

/** Prefix of the names of all segments and records of a batch. */
export function outcomesPrefix(batchId: string): string {
  return toName(batchId, 'outcomes/');
}

/** Returns `null` for a file that is not a segment. */
export function parseSegment(name: string): Segment | null {
  const [, part, sequence, tag = ''] = SEGMENT.exec(name) ?? [];
  return part === undefined ? null : { part: Number(part), sequence: Number(sequence), tag };
}

/**
 * Name of the record of a job that could not be reported, among the segments, so that one listing finds both. A hash,
 * because keys may differ in case only.
 */
export function unreportedName(batchId: string, part: number, { key, run, submission }: SubmissionOfRow): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([key, run, submission]))
    .digest('hex');
  return `${segmentsPrefix(batchId, part)}unreported-${hash.slice(0, RECORD_LENGTH)}.json`;
}

/** Name of the record of a finished step: one for each step of a part's items. */
export function stepName(batchId: string, part: number, { key, id }: Pick<RecordedStep, 'key' | 'id'>): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([key, id]))
    .digest('hex');
  return toName(batchId, `steps/${padNumber(part)}-${hash.slice(0, RECORD_LENGTH)}.json`);
}

/** The part of a record of a job that could not be reported; `null` for another file. */
export function parseUnreported(name: string): number | null {
  const [, part] = UNREPORTED.exec(name) ?? [];
  return part === undefined ? null : Number(part);
}

export function formatLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

export function parseLines<T>(text: string): readonly T[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

function toName(batchId: string, name: string, folder: 'batches' | 'schedules' = 'batches'): string {
  if (!isSafeKey(batchId)) throw new Error(`the batch id ${JSON.stringify(batchId)} is not safe as a folder name`);
  return `${folder}/${batchId}/${name}`;
}

function padNumber(number: number): string {
  return String(number).padStart(DIGITS, '0');
}

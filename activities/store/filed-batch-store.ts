import { randomUUID } from 'node:crypto';
import type { ItemResultRow, PartReference } from '../../workflows/domain/item/item';
import type { RecordedStep, StepsOfItem } from '../../workflows/domain/item/recorded-steps';
import { mergeRows } from '../../workflows/domain/item/result-row';
import {
  type SubmissionOfRow,
  type UnreportedJob,
  withUnreportedJobs,
} from '../../workflows/domain/item/unreported-job';
import {
  BEGIN_SEQUENCE,
  deletedName,
  formatLines,
  manifestName,
  neighboursPrefix,
  parseLines,
  parseSegment,
  parseUnreported,
  partName,
  runName,
  runsPrefix,
  scheduledPartName,
  segmentName,
  segmentsPrefix,
  stepName,
  toTag,
  unreportedName,
} from './batch-layout';
import type {
  AddedRun,
  BatchRun,
  BatchStore,
  DeletionStep,
  Manifest,
  ManifestRow,
  PlannedManifest,
  ReadOutcomes,
} from './batch-store';
import { NotInStore, StoreUnavailable } from './result-store';
import { type AddedEntry, isRun, refuseDeleted, toDeletion, withEntries } from './run-entries';
import type { StoreFiles } from './store-files';

/** Maximum files read concurrently. */
const MAX_CONCURRENT_READS = 16;

/** Manifests, parts and outcomes as files, in a folder or a bucket. */
export class FiledBatchStore implements BatchStore {
  constructor(private readonly files: StoreFiles) {}

  async writePart(part: PartReference, rows: readonly ManifestRow[]): Promise<void> {
    await this.files.write(partName(part), formatLines(rows));
  }

  async readPart(part: PartReference): Promise<readonly ManifestRow[]> {
    return this.readLines<ManifestRow>(partName(part));
  }

  async writeScheduledPart(part: PartReference, rows: readonly ManifestRow[]): Promise<void> {
    await this.files.write(scheduledPartName(part), formatLines(rows));
  }

  async readScheduledPart(part: PartReference): Promise<readonly ManifestRow[]> {
    return this.readLines<ManifestRow>(scheduledPartName(part));
  }

  async createManifest(planned: PlannedManifest): Promise<Manifest> {
    const { batchId } = planned;
    const name = manifestName(batchId);
    const there = this.parse(name, await this.files.create(name, formatLines([planned])), parseManifest);
    return refuseDeleted(withEntries(there, await this.readEntries(batchId)));
  }

  addRun(manifest: Manifest, run: BatchRun): Promise<boolean> {
    // Unique, which distinguishes two writers that redrive the same rows at the same time.
    const at = new Date().toISOString();
    return this.addEntry(manifest, { firstPart: manifest.parts.length, ...run, at, addedBy: randomUUID() });
  }

  async listAddedRuns(batchId: string): Promise<readonly AddedRun[]> {
    return (await this.readEntries(batchId)).filter(isRun);
  }

  addDeletion(manifest: Manifest, step: DeletionStep): Promise<boolean> {
    return this.addEntry(manifest, { deletion: step, at: new Date().toISOString(), addedBy: randomUUID() });
  }

  private async addEntry({ batchId, redrives, deletion }: Manifest, added: AddedEntry): Promise<boolean> {
    const text = formatLines([added]);
    const number = redrives.length + (deletion?.steps ?? 0) + 1;
    return (await this.files.create(runName(batchId, number), text)) === text;
  }

  async readManifest(batchId: string): Promise<Manifest | null> {
    const manifest = await this.readAnyManifest(batchId);
    return manifest === null ? null : refuseDeleted(manifest);
  }

  async readAnyManifest(batchId: string): Promise<Manifest | null> {
    const planned = await this.readAs(manifestName(batchId), parseManifest);
    return planned === null ? null : withEntries(planned, await this.readEntries(batchId));
  }

  async markDeleted(batchId: string): Promise<void> {
    await this.files.create(deletedName(batchId), formatLines([{ deletedAt: new Date().toISOString() }]));
  }

  async isBeingDeleted(batchId: string): Promise<boolean> {
    const step = toDeletion(await this.readEntries(batchId))?.step;
    return step === 'begun' || step === 'deleted';
  }

  async refuseDeleted(batchId: string): Promise<void> {
    if (await this.files.has(deletedName(batchId)))
      throw new NotInStore(`cannot write to the batch "${batchId}": it was deleted from the store`);
  }

  private async readEntries(batchId: string): Promise<readonly AddedEntry[]> {
    const names = await this.files.list(runsPrefix(batchId));
    const entries: AddedEntry[] = [];
    for (const name of names) {
      const entry = await this.readAs(name, (text): AddedEntry => JSON.parse(text));
      if (entry !== null) entries.push(entry);
    }
    return entries;
  }

  async isOvertaken(batchId: string, part: number): Promise<boolean> {
    const later = (await this.readEntries(batchId)).filter(isRun).filter(({ firstPart }) => firstPart > part);
    if (later.length === 0 || (await this.readBegin(batchId, part)) !== null) return false;
    for (const { firstPart, parts } of later)
      for (const index of parts.keys()) if ((await this.readBegin(batchId, firstPart + index)) !== null) return true;
    return false;
  }

  async beginPart(batchId: string, part: number, run: string, previous: string | null): Promise<string> {
    await this.refuseDeleted(batchId);
    const name = beginName(batchId, part);
    const text = formatLines([{ run } satisfies Begin]);
    const there = this.parse(name, await this.files.create(name, text), readBeginRun);
    if (there === run || there !== previous) return there;
    await this.files.write(name, text);
    return run;
  }

  async readBegin(batchId: string, part: number): Promise<string | null> {
    return this.readAs(beginName(batchId, part), readBeginRun);
  }

  async writeOutcomes(
    batchId: string,
    part: number,
    sequence: number,
    lines: readonly ItemResultRow[],
    run = '',
  ): Promise<void> {
    await this.refuseDeleted(batchId);
    await this.files.write(segmentName(batchId, { part, sequence, tag: toTag(run) }), formatLines(lines));
  }

  async recordUnreported(batchId: string, part: number, job: UnreportedJob): Promise<void> {
    await this.refuseDeleted(batchId);
    await this.files.create(unreportedName(batchId, part, job), formatLines([job]));
  }

  async readUnreported(batchId: string, part: number, submission: SubmissionOfRow): Promise<string | null> {
    const { key, run } = submission;
    const job = await this.readAs(unreportedName(batchId, part, submission), parseUnreportedJob);
    return job?.key === key && job.run === run && job.submission === submission.submission ? job.jobId : null;
  }

  async recordStep(batchId: string, part: number, step: RecordedStep): Promise<RecordedStep> {
    await this.refuseDeleted(batchId);
    const name = stepName(batchId, part, step);
    return this.parse(name, await this.files.create(name, formatLines([step])), parseRecordedStep);
  }

  async readSteps(
    batchId: string,
    part: number,
    items: readonly StepsOfItem[],
  ): Promise<ReadonlyMap<string, readonly RecordedStep[]>> {
    const read = await mapInTurn(items, async ({ key, ids }) => {
      const steps: RecordedStep[] = [];
      for (const id of ids) {
        const step = await this.readAs(stepName(batchId, part, { key, id }), parseRecordedStep);
        if (step === null) break;
        steps.push(step);
      }
      return [key, steps] as const;
    });
    return new Map(read.filter(([, steps]) => steps.length > 0));
  }

  async readOutcomes(batchId: string, part: number): Promise<readonly ItemResultRow[] | null> {
    const { lines } = await this.toReader(batchId, await this.files.list(segmentsPrefix(batchId, part)))(part);
    return lines;
  }

  async openOutcomes(batchId: string, part?: number): Promise<ReadOutcomes> {
    const list = async (prefix: string) => this.toReader(batchId, await this.files.list(prefix));
    if (part !== undefined) return list(segmentsPrefix(batchId, part));
    const readers = new Map<string, Promise<ReadOutcomes>>();
    return async (one) => {
      const prefix = neighboursPrefix(batchId, one);
      const reader = readers.get(prefix) ?? list(prefix);
      readers.set(prefix, reader);
      return (await reader)(one);
    };
  }

  /** @param names of the files with outcomes */
  private toReader(batchId: string, names: readonly string[]): ReadOutcomes {
    const segments = byPart(names);
    const records = names.filter((name) => parseUnreported(name) !== null);
    return async (part) => {
      const rows = await this.readSegments(batchId, part, segments.get(part));
      const jobs = await this.readJobs(records.filter((name) => parseUnreported(name) === part));
      return { lines: rows === null ? null : withJobs(rows, jobs), jobs };
    };
  }

  private async readJobs(names: readonly string[]): Promise<readonly UnreportedJob[]> {
    const jobs = await mapInTurn(names, (name) => this.readAs(name, parseUnreportedJob));
    return jobs.filter((job) => job !== null);
  }

  private async readSegments(
    batchId: string,
    part: number,
    found: readonly ShortSegment[] | undefined,
  ): Promise<readonly ItemResultRow[] | null> {
    if (found === undefined) return null;
    const written = found.filter(([sequence]) => sequence !== BEGIN_SEQUENCE);
    const lines = await mapInTurn(written, ([sequence, tag]) =>
      this.readLines<ItemResultRow>(segmentName(batchId, { part, sequence, tag })),
    );
    return mergeRows(lines.flat());
  }

  private async readLines<T>(name: string): Promise<readonly T[]> {
    const lines = await this.readAs(name, parseLines<T>);
    if (lines === null) {
      const why = 'it does not exist; check IMAGEPIPELINE_STORE and whether it was removed';
      throw new NotInStore(`cannot read ${this.files.addressOf(name)}: ${why}`);
    }
    return lines;
  }

  private async readAs<T>(name: string, parse: (text: string) => T): Promise<T | null> {
    const bytes = await this.files.read(name);
    return bytes === null ? null : this.parse(name, bytes.toString('utf8'), parse);
  }

  private parse<T>(name: string, text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch {
      // The parser's message quotes its input, which may be a prompt.
      throw this.cannotRead(name, 'its content is not what was written; the file must not be edited');
    }
  }

  private cannotRead(name: string, why: string): StoreUnavailable {
    return new StoreUnavailable(`cannot read ${this.files.addressOf(name)}: ${why}`);
  }
}

/** Maps values in their order, some at a time. */
async function mapInTurn<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<readonly R[]> {
  const mapped: R[] = [];
  for (let first = 0; first < values.length; first += MAX_CONCURRENT_READS) {
    mapped.push(...(await Promise.all(values.slice(first, first + MAX_CONCURRENT_READS).map(work))));
  }
  return mapped;
}

function parseManifest(text: string): PlannedManifest {
  return JSON.parse(text);
}

function withJobs(rows: readonly ItemResultRow[], jobs: readonly UnreportedJob[]): readonly ItemResultRow[] {
  if (jobs.length === 0) return rows;
  const ofRow = (row: ItemResultRow) => jobs.filter(({ key }) => key === row.key);
  return rows.map((row) => withUnreportedJobs(row, ofRow(row)));
}

function parseRecordedStep(text: string): RecordedStep {
  return JSON.parse(text);
}

function parseUnreportedJob(text: string): UnreportedJob {
  return JSON.parse(text);
}

/** Content of the first segment of a part. */
interface Begin {
  readonly run: string;
}

function beginName(batchId: string, part: number): string {
  return segmentName(batchId, { part, sequence: BEGIN_SEQUENCE, tag: '' });
}

/** A marker without a run counts as written by an unknown run. */
function readBeginRun(text: string): string {
  return parseLines<Begin>(text)[0]?.run ?? '';
}

/** Sequence and tag. */
type ShortSegment = readonly [number, string];

/** Segments by part, in name order; a few bytes each, even for a million items. */
function byPart(names: readonly string[]): ReadonlyMap<number, readonly ShortSegment[]> {
  const found = new Map<number, ShortSegment[]>();
  for (const name of names) {
    const segment = parseSegment(name);
    if (segment === null) continue;
    const before = found.get(segment.part);
    const short: ShortSegment = [segment.sequence, segment.tag];
    if (before === undefined) found.set(segment.part, [short]);
    else before.push(short);
  }
  return found;
}

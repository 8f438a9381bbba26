/** What is known of the newest submission of each single item, beside the results. */
import { createHash } from 'node:crypto';
import type { SubmissionRecord } from '../../workflows/domain/item/submission-record';
import type { StoreFiles } from './store-files';
import { StoreUnavailable } from './store-unavailable';

/**
 * Versions of a record, of which none is ever replaced: whoever writes the next one has read the newest, also if he was given
 * up meanwhile and another has gone on. Everything throws `StoreUnavailable`, also where what lies there is not what was
 * written.
 */
export interface SubmissionJournal {
  /** The newest version; `null` if nothing was ever submitted for the item. */
  read(item: string): Promise<SubmissionRecord | null>;
  /** Durable when this returns. `false`: somebody else has written this version, and nothing is changed. */
  create(record: SubmissionRecord): Promise<boolean>;
}

export class FiledSubmissionJournal implements SubmissionJournal {
  constructor(private readonly files: StoreFiles) {}

  async read(item: string): Promise<SubmissionRecord | null> {
    let newest = await this.readVersion(item, 1);
    if (newest === null) return null;
    // Most items have few, and one that was refused for hours has many: the steps double until there is none, then halve.
    let isGrowing = true;
    for (let step = 1; step >= 1; step = isGrowing ? step * 2 : step / 2) {
      const later = await this.readVersion(item, newest.version + step);
      if (later === null) isGrowing = false;
      else newest = later;
    }
    return newest;
  }

  async create(record: SubmissionRecord): Promise<boolean> {
    const text = toText(record);
    return (await this.files.create(toName(record.item, record.version), text)) === text;
  }

  private async readVersion(item: string, version: number): Promise<SubmissionRecord | null> {
    const bytes = await this.files.read(toName(item, version));
    return bytes === null ? null : this.parse(item, version, bytes.toString('utf8'));
  }

  private parse(item: string, version: number, text: string): SubmissionRecord {
    const record = parseRecord(text);
    if (record?.item === item && record.version === version) return record;
    const where = this.files.addressOf(toName(item, version));
    throw new StoreUnavailable(`cannot read ${where}: what lies there is not what was written; restore it from a copy`);
  }
}

/** Bounded, and different for ids that differ only in case, which some file systems take for the same name. */
function toName(item: string, version: number): string {
  const hash = createHash('sha256').update(item).digest('hex');
  return `submissions/${hash}${version === 1 ? '' : `.${version}`}.json`;
}

function toText(record: SubmissionRecord): string {
  return `${JSON.stringify(record)}\n`;
}

const STATES: readonly string[] = ['sending', 'accepted', 'unsent'] satisfies SubmissionRecord['state'][];

function parseRecord(text: string): SubmissionRecord | null {
  try {
    const value: Partial<SubmissionRecord> | null = JSON.parse(text);
    return value !== null && isRecord(value) ? value : null;
  } catch {
    // The caller says that it cannot be read; the parser's own words would repeat what it has read.
    return null;
  }
}

function isRecord(value: Partial<SubmissionRecord>): value is SubmissionRecord {
  const { item, requestHash, run, writer, version, call, attempt, state, jobId, completed } = value;
  return (
    [item, requestHash, run, writer, state].every((text) => typeof text === 'string') &&
    [version, call, attempt].every(Number.isInteger) &&
    STATES.includes(state ?? '') &&
    (jobId === null || typeof jobId === 'string') &&
    (completed === null || typeof completed === 'object')
  );
}

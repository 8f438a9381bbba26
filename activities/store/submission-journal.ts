/** The newest submission of each single item, beside the results. */
import { createHash } from 'node:crypto';
import type { SubmissionRecord } from '../../workflows/domain/submission-record';
import { StoreUnavailable } from './result-store';
import type { StoreFiles } from './store-files';

/** Everything throws `StoreUnavailable`, also where what lies there is not what was written. */
export interface SubmissionJournal {
  /** `null` if nothing was ever submitted for the item. */
  read(item: string): Promise<SubmissionRecord | null>;
  /** Writes the first record of an item; returns what is there now, which may be that of somebody who was faster. */
  create(record: SubmissionRecord): Promise<SubmissionRecord>;
  /** Replaces the item's record. Durable when this returns. */
  write(record: SubmissionRecord): Promise<void>;
}

export class FiledSubmissionJournal implements SubmissionJournal {
  constructor(private readonly files: StoreFiles) {}

  async read(item: string): Promise<SubmissionRecord | null> {
    const bytes = await this.files.read(nameOf(item));
    return bytes === null ? null : this.parse(item, bytes.toString('utf8'));
  }

  async create(record: SubmissionRecord): Promise<SubmissionRecord> {
    return this.parse(record.item, await this.files.create(nameOf(record.item), textOf(record)));
  }

  async write(record: SubmissionRecord): Promise<void> {
    await this.files.write(nameOf(record.item), textOf(record));
  }

  private parse(item: string, text: string): SubmissionRecord {
    const record = recordIn(text);
    if (record?.item === item) return record;
    const where = this.files.addressOf(nameOf(item));
    throw new StoreUnavailable(`cannot read ${where}: what lies there is not what was written; restore it from a copy`);
  }
}

/** Bounded, and different for ids that differ only in case, which some file systems take for the same name. */
function nameOf(item: string): string {
  return `submissions/${createHash('sha256').update(item).digest('hex')}.json`;
}

function textOf(record: SubmissionRecord): string {
  return `${JSON.stringify(record)}\n`;
}

const STATES: readonly string[] = ['sending', 'accepted', 'unsent'] satisfies SubmissionRecord['state'][];

function recordIn(text: string): SubmissionRecord | null {
  try {
    const value: Partial<SubmissionRecord> | null = JSON.parse(text);
    return value !== null && isRecord(value) ? value : null;
  } catch {
    // The caller says that it cannot be read; the parser's own words would repeat what it has read.
    return null;
  }
}

function isRecord(value: Partial<SubmissionRecord>): value is SubmissionRecord {
  const { item, requestHash, run, writer, call, attempt, state, jobId, completed } = value;
  return (
    [item, requestHash, run, writer, state].every((text) => typeof text === 'string') &&
    [call, attempt].every(Number.isInteger) &&
    STATES.includes(state ?? '') &&
    (jobId === null || typeof jobId === 'string') &&
    (completed === null || typeof completed === 'object')
  );
}

/** Records of the newest submission of each single item, kept beside the results. */
import { createHash } from 'node:crypto';
import type { JournalEntry } from '../../workflows/domain/item/journal-entry';
import type { StoreFiles } from './store-files';
import { StoreUnavailable } from './store-unavailable';

/**
 * Versioned records, none of which is ever replaced. Every writer has read the newest version first, even if its
 * attempt timed out and another continued. All methods throw `StoreUnavailable`, also if the stored content is invalid.
 */
export interface SubmissionJournal {
  /** Returns the newest version; `null` if nothing was ever submitted for the item. */
  read(item: string): Promise<JournalEntry | null>;
  /** Durable when it returns. Returns `false`, without a change, if this version exists already. */
  create(entry: JournalEntry): Promise<boolean>;
}

export class FiledSubmissionJournal implements SubmissionJournal {
  constructor(private readonly files: StoreFiles) {}

  async read(item: string): Promise<JournalEntry | null> {
    let newest = await this.readVersion(item, 1);
    if (newest === null) return null;
    // Most items have few versions; one refused for hours has many. The search doubles its steps until it finds none,
    // then halves them.
    let isGrowing = true;
    for (let step = 1; step >= 1; step = isGrowing ? step * 2 : step / 2) {
      const later = await this.readVersion(item, newest.version + step);
      if (later === null) isGrowing = false;
      else newest = later;
    }
    return newest;
  }

  async create(entry: JournalEntry): Promise<boolean> {
    const text = toText(entry);
    return (await this.files.create(toName(entry.item, entry.version), text)) === text;
  }

  private async readVersion(item: string, version: number): Promise<JournalEntry | null> {
    const bytes = await this.files.read(toName(item, version));
    return bytes === null ? null : this.parse(item, version, bytes.toString('utf8'));
  }

  private parse(item: string, version: number, text: string): JournalEntry {
    const entry = parseRecord(text);
    if (entry?.item === item && entry.version === version) return entry;
    const where = this.files.addressOf(toName(item, version));
    throw new StoreUnavailable(`cannot read ${where}: its content is not what was written; restore it from a copy`);
  }
}

/** Bounded in length, and distinct for ids that differ only in case, because some file systems ignore case. */
function toName(item: string, version: number): string {
  const hash = createHash('sha256').update(item).digest('hex');
  return `submissions/${hash}${version === 1 ? '' : `.${version}`}.json`;
}

function toText(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

const STATES: readonly string[] = ['sending', 'accepted', 'unsent', 'failed'] satisfies JournalEntry['state'][];

function parseRecord(text: string): JournalEntry | null {
  try {
    const value: Partial<JournalEntry> | null = JSON.parse(text);
    return value !== null && isRecord(value) ? value : null;
  } catch {
    // The caller reports the unreadable file; the parser's message would quote its content.
    return null;
  }
}

function isRecord(value: Partial<JournalEntry>): value is JournalEntry {
  const { item, requestHash, run, writer, version, call, attempt, state, jobId, completed } = value;
  return (
    [item, requestHash, run, writer, state].every((text) => typeof text === 'string') &&
    [version, call, attempt].every(Number.isInteger) &&
    STATES.includes(state ?? '') &&
    (jobId === null || typeof jobId === 'string') &&
    (completed === null || typeof completed === 'object')
  );
}

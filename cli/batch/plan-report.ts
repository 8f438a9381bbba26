/** The report file with every finding, one JSON object per line. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Finding } from '../../input/findings';
import { findErrorCode } from '../../workflows/domain/base/errors';
import { UsageError } from '../usage-error';

/** Number of characters that are buffered before a write. */
const GATHERED = 64_000;

/** A file that is created with its first line: a valid input creates none. */
export class ReportFile {
  private handle: FileHandle | null = null;
  private lines = '';

  /** @param shown the path in messages */
  constructor(
    private readonly file: string,
    readonly shown: string,
  ) {}

  get isWritten(): boolean {
    return this.handle !== null;
  }

  /** @throws UsageError if the file cannot be written */
  async add(finding: Finding): Promise<void> {
    await this.open();
    this.lines += `${JSON.stringify(finding)}\n`;
    if (this.lines.length >= GATHERED) await this.flush();
  }

  /** Creates or empties the file. */
  async open(): Promise<void> {
    if (this.handle !== null) return;
    try {
      this.handle = await open(this.file, 'w');
    } catch (error) {
      throw this.unwritable(error);
    }
  }

  async close(): Promise<void> {
    await this.flush();
    await this.handle?.close();
  }

  private async flush(): Promise<void> {
    const { lines } = this;
    this.lines = '';
    try {
      await this.handle?.appendFile(lines);
    } catch (error) {
      throw this.unwritable(error);
    }
  }

  private unwritable(error: unknown): unknown {
    const code = findErrorCode(error);
    if (code === null) return error;
    return new UsageError([`the report ${this.shown} cannot be written (${code}); set --report to another file`]);
  }
}

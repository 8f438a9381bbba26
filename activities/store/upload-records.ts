/** Remembers the addresses of uploaded files. They are readable by anyone, so they stay in the store. */
import type { StoredInput } from '../../workflows/domain/operations/stored-input';
import type { StoreFiles } from './store-files';

/** An uploaded file. */
export interface Upload {
  readonly url: string;
  /** When it was uploaded, in ms since the epoch. */
  readonly uploadedAt: number;
}

/** All methods throw `StoreUnavailable`. */
export interface UploadRecords {
  /**
   * Returns the newest upload of a content; `null` if there is none.
   *
   * @param account distinguishes the provider's accounts; hexadecimal digits
   */
  read(account: string, input: StoredInput): Promise<Upload | null>;
  /** Replaces the record of an earlier upload. */
  write(account: string, input: StoredInput, upload: Upload): Promise<void>;
}

export class StoredUploadRecords implements UploadRecords {
  constructor(private readonly files: StoreFiles) {}

  async read(account: string, input: StoredInput): Promise<Upload | null> {
    const bytes = await this.files.read(toName(account, input));
    return bytes === null ? null : parseUpload(bytes.toString('utf8'));
  }

  async write(account: string, input: StoredInput, upload: Upload): Promise<void> {
    await this.files.write(toName(account, input), `${JSON.stringify(upload)}\n`);
  }
}

function toName(account: string, { sha256 }: StoredInput): string {
  return `uploads/${account}-${sha256}.json`;
}

/** An unreadable record counts as none: the file is uploaded again, which is free. */
function parseUpload(text: string): Upload | null {
  try {
    const { url, uploadedAt }: Partial<Upload> = JSON.parse(text);
    return typeof url === 'string' && typeof uploadedAt === 'number' ? { url, uploadedAt } : null;
  } catch {
    return null;
  }
}

import type { Reply } from '../http/answer';

/** One upload with a valid key. */
export interface UploadRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly key: string;
  /** Name of the file as sent; empty if the body contained none. */
  readonly name: string;
  /** `null` if the body contained no file. */
  readonly sha256: string | null;
  readonly bytes: number;
  /** HTTP status of the intended answer. */
  readonly status: number;
  /** Whether the intended answer names an address. */
  readonly named: boolean;
  /** When no more of the answer will be sent, in epoch milliseconds; `null` if that is not yet so. */
  readonly answeredAt: number | null;
  /** Whether the whole answer was sent; `null` if not yet. */
  readonly whole: boolean | null;
}

/** What is known about an upload before its answer is sent. */
type Decided = Omit<UploadRecord, 'status' | 'named' | 'answeredAt' | 'whole'>;

interface UploadedFile {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** Uploads and their files. A restart forgets both. */
export class UploadBook {
  readonly #records: UploadRecord[] = [];
  readonly #files = new Map<string, UploadedFile>();

  constructor(private readonly now: () => number) {}

  /** Returns the reply, observed until it is sent. */
  add(upload: Decided, reply: Reply): Reply {
    const { status, body } = reply.answer;
    const named = reply.wire === undefined && typeof body === 'object' && body !== null && 'url' in body;
    const index = this.#records.push({ ...upload, status, named, answeredAt: null, whole: null }) - 1;
    return { ...reply, onSent: (whole) => this.#sent(index, whole) };
  }

  keep(name: string, file: UploadedFile): void {
    this.#files.set(name, file);
  }

  find(name: string): UploadedFile | undefined {
    return this.#files.get(name);
  }

  /** Forgets the files: their addresses are answered with 404. */
  clear(): void {
    this.#files.clear();
  }

  entries(): readonly UploadRecord[] {
    return [...this.#records];
  }

  #sent(index: number, whole: boolean): void {
    const upload = this.#records[index];
    if (upload !== undefined) this.#records[index] = { ...upload, answeredAt: this.now(), whole };
  }
}

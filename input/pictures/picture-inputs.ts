/**
 * Resolves the inputs of requests that are files: each is read once and checked, and the request then names its content.
 * The files go into the store when the requests are started.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { RequestFields } from '../../workflows/domain/item/item';
import type { OperationName } from '../../workflows/domain/operations/operations';
import {
  listInputs,
  listStoredInputs,
  MAX_INPUT_BYTES,
  type RequestInput,
  replaceInputs,
  type StoredInput,
  toStoredValue,
} from '../../workflows/domain/operations/stored-input';
import { InputFileError } from '../input-file-error';
import {
  type AcceptedInputs,
  type BucketReference,
  type InputReference,
  LOCAL_INPUTS,
  parseInputReference,
  type ResultReference,
} from '../requests/input-reference';
import type { FieldProblem } from '../requests/request-schema';
import { type ReadFile, readLocalFile, toLocalPath } from './read-local-file';
import { readPicture } from './read-picture';

/** Reads inputs that are not files of this machine. */
interface RemoteReader {
  /** @param limit larger files are not read, in bytes */
  read(reference: BucketReference | ResultReference, limit: number): Promise<ReadFile>;
  has(input: StoredInput): Promise<boolean>;
}

/** Files that came with the requests, by the name after `part:`. */
export type FileParts = ReadonlyMap<string, () => Promise<ReadFile>>;

/** Keeps input files. */
export interface InputKeeper {
  keep(input: StoredInput, name: string, bytes: Uint8Array): Promise<void>;
}

/** The inputs of a plan. */
export interface InputCounts {
  /** Inputs that are files. */
  readonly files: number;
  /** Total size of the distinct files, in bytes. */
  readonly bytes: number;
  /** Files with different content, each of which is uploaded once. */
  readonly distinct: number;
}

interface ResolvedRequest {
  readonly request: RequestFields;
  readonly problems: readonly FieldProblem[];
}

interface PictureInputOptions {
  /** The folder that relative paths start from. */
  readonly folder: string;
  /** Called if an input is not a file of this machine. */
  readonly remote: () => RemoteReader;
  /** Default: everything that a caller on this machine may name. */
  readonly accepted?: AcceptedInputs;
  /** Default: none. */
  readonly parts?: FileParts;
}

interface Resolved {
  readonly input: StoredInput;
  readonly bytes: number;
  /** Reads the file again; `null` if it is in the store. */
  readonly read: (() => Promise<ReadFile>) | null;
}

/** A reference to a file, which a worker uploads. */
type FileReference = Exclude<InputReference, { kind: 'web' }>;

type Outcome = Resolved | { readonly problem: string };

export class PictureInputs {
  readonly accepted: AcceptedInputs;
  /** By the value of the field: a logo in every row is read once. */
  private readonly outcomes = new Map<string, Promise<Outcome>>();
  private readonly contents = new Map<string, Resolved>();
  private readonly used = new Set<string>();
  private files = 0;

  constructor(private readonly options: PictureInputOptions) {
    this.accepted = options.accepted ?? LOCAL_INPUTS;
  }

  /** Resolves the inputs of a request. Values that the check of its fields refuses are left as they are. */
  async resolve(operation: OperationName, request: RequestFields): Promise<ResolvedRequest> {
    const problems: FieldProblem[] = [];
    const replaced = new Map<string, string>();
    for (const input of listInputs(operation, request)) {
      const { field, value } = input;
      const reference = this.parse(input);
      if (reference === null) continue;
      const outcome = await this.find(value, reference);
      if ('problem' in outcome) problems.push({ field, problem: outcome.problem });
      else replaced.set(value, toStoredValue(outcome.input));
    }
    if (replaced.size === 0) return { request, problems };
    const toReplaced = ({ media, value }: RequestInput) => (media === 'image' ? (replaced.get(value) ?? value) : value);
    return { request: replaceInputs(operation, request, toReplaced), problems };
  }

  /** Counts the files of a resolved request, which are kept when it is started. */
  use(operation: OperationName, request: RequestFields): void {
    const stored = listStoredInputs(operation, request);
    this.files += stored.length;
    for (const { sha256 } of stored) this.used.add(sha256);
  }

  get counts(): InputCounts {
    const used = [...this.used].flatMap((sha256) => this.contents.get(sha256) ?? []);
    const bytes = used.reduce((sum, content) => sum + content.bytes, 0);
    return { files: this.files, bytes, distinct: used.length };
  }

  /**
   * Puts the used files into a store, one at a time.
   *
   * @throws InputFileError if one has changed since it was checked; any error of the store
   */
  async keepUsed(keeper: InputKeeper): Promise<void> {
    for (const sha256 of this.used) {
      const content = this.contents.get(sha256);
      if (content?.read) await keep(keeper, content.input, await content.read());
    }
  }

  /** Returns `null` if the input is not a file, or is refused by the check of the fields. */
  private parse({ media, value }: RequestInput): FileReference | null {
    const reference = media === 'image' ? parseInputReference(value) : null;
    return reference === null || reference.kind === 'web' || !this.accepted.has(reference.kind) ? null : reference;
  }

  private find(value: string, reference: FileReference): Promise<Outcome> {
    const known = this.outcomes.get(value);
    if (known !== undefined) return known;
    const found = this.load(value, reference);
    this.outcomes.set(value, found);
    return found;
  }

  private async load(value: string, reference: FileReference): Promise<Outcome> {
    if (reference.kind === 'stored') return this.findStored(reference.input);
    const read = () => this.read(reference);
    const file = await read();
    if ('problem' in file) return file;
    const picture = readPicture(file.bytes);
    if ('problem' in picture) return { problem: `is ${JSON.stringify(value)}, which ${picture.problem}` };
    const input = { sha256: hashFile(file.bytes), extension: picture.extension };
    return this.remember({ input, bytes: file.bytes.length, read });
  }

  private async findStored(input: StoredInput): Promise<Outcome> {
    if (!(await this.options.remote().has(input))) return { problem: 'is not in the store' };
    return this.remember({ input, bytes: 0, read: null });
  }

  /** Equal contents count as the first of them. */
  private remember(resolved: Resolved): Resolved {
    const { sha256 } = resolved.input;
    const first = this.contents.get(sha256) ?? resolved;
    this.contents.set(sha256, first);
    return first;
  }

  private read(reference: Exclude<FileReference, { kind: 'stored' }>): Promise<ReadFile> {
    const { folder, remote, parts } = this.options;
    if (reference.kind === 'part')
      return parts?.get(reference.name)?.() ?? Promise.resolve(toMissingPart(reference.name));
    if (reference.kind === 'file') return readLocalFile(path.resolve(folder, reference.path), reference.path);
    if (reference.kind !== 'file-url') return remote().read(reference, MAX_INPUT_BYTES);
    const place = toLocalPath(reference.url);
    return place === null
      ? Promise.resolve({ problem: `is ${JSON.stringify(reference.url)}, which is not a file of this machine` })
      : readLocalFile(place, reference.url);
  }
}

async function keep(keeper: InputKeeper, input: StoredInput, file: ReadFile): Promise<void> {
  if ('problem' in file)
    throw new InputFileError([{ field: 'an input', problem: `${file.problem}; it was there before` }]);
  if (hashFile(file.bytes) === input.sha256) return keeper.keep(input, file.name, file.bytes);
  const problem = 'has changed since it was checked; nothing was started: start again';
  throw new InputFileError([{ field: JSON.stringify(file.name), problem }]);
}

function toMissingPart(name: string): ReadFile {
  const problem = `is ${JSON.stringify(`part:${name}`)}, but the body has no such part; must be multipart/form-data with it`;
  return { problem };
}

function hashFile(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Resolves the inputs of requests that are files: each is read once and checked, and the request then names its content.
 * The files go into the store when the requests are started.
 */
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import type { PlainRow, RequestFields } from '../../workflows/domain/item/item';
import { listSteps } from '../../workflows/domain/item/row-steps';
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { ResultReference } from '../../workflows/domain/operations/result-reference';
import {
  type ConvertedInput,
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
  takesPicture,
} from '../requests/input-reference';
import type { FieldProblem } from '../requests/request-schema';
import { visibleText } from '../requests/visible-text';
import { SpoolFile } from '../spool-file';
import { type PhotoCounts, PhotoTally } from './photo-tally';
import { findTraits } from './photo-traits';
import { isPictureBytes, type PictureBytes, readBytes } from './picture-bytes';
import { MAX_CONVERTIBLE_BYTES, type PictureTools } from './picture-tools';
import { type ReadFile, readLocalFile, toLocalPath } from './read-local-file';
import { readPicture } from './read-picture';

/** Reads inputs that are not files of this machine. */
interface RemoteReader {
  /** @param limit larger files are not read, in bytes */
  read(reference: BucketReference | ResultReference, limit: number): Promise<ReadFile>;
  has(input: StoredInput): Promise<boolean>;
  /** Returns the picture that was made of a file before, by its SHA-256; `null` if none was. */
  findConverted(sha256: string): Promise<ConvertedInput | null>;
}

/** Files that came with the requests, by the name after `part:`. */
export type FileParts = ReadonlyMap<string, () => Promise<ReadFile>>;

type NamedFile = Extract<ReadFile, { bytes: Buffer }>;

/** Keeps input files. */
export interface InputKeeper {
  /** @param read called if the content is not kept yet */
  keep(input: StoredInput, read: () => Promise<NamedFile>): Promise<void>;
  /** Records which picture was made of a file, unless one is recorded. */
  keepConverted(sha256: string, made: ConvertedInput): Promise<void>;
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

export interface PictureInputOptions {
  /** The folder that relative paths start from. */
  readonly folder: string;
  /** Called if an input is not a file of this machine. */
  readonly remote: () => RemoteReader;
  /** Default: everything that a caller on this machine may name. */
  readonly accepted?: AcceptedInputs;
  /** Default: none. */
  readonly parts?: FileParts;
  /** Default: pictures are neither converted nor decoded. */
  readonly tools?: PictureTools | undefined;
  /** Counts of files that are no rows. Default: none. */
  readonly photos?: PhotoTally | undefined;
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
  /** What was made of files, by their SHA-256. */
  private readonly converted = new Map<string, ConvertedInput>();
  private readonly photos: PhotoTally;
  private readonly spool = new SpoolFile('inputs');
  /** Names of bytes that were given. */
  private readonly names = new WeakMap<object, Promise<string>>();
  private files = 0;

  /** The folder that relative paths start from. */
  get folder(): string {
    return this.options.folder;
  }

  constructor(private readonly options: PictureInputOptions) {
    this.accepted = options.accepted ?? LOCAL_INPUTS;
    this.photos = options.photos ?? new PhotoTally();
    if (options.tools?.convert !== undefined) this.photos.startConverting();
  }

  /**
   * Replaces the bytes in a request by the name that their content has in the store. `resolve` then finds them, and
   * their problems.
   */
  async nameBytes(operation: OperationName, request: RequestFields): Promise<RequestFields> {
    const named = new Map<string, unknown>();
    for (const [field, value] of Object.entries(request))
      if (typeof value === 'object' && takesPicture(operation, field)) named.set(field, await this.nameValue(value));
    return named.size === 0 ? request : { ...request, ...Object.fromEntries(named) };
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

  get photoCounts(): PhotoCounts {
    return this.photos.counts;
  }

  /**
   * Puts the used files that a store does not have into it, one at a time.
   *
   * @param rows only their files; default: all
   * @throws InputFileError if one has changed since it was checked; any error of the store
   */
  async keepUsed(keeper: InputKeeper, rows?: Iterable<PlainRow>): Promise<void> {
    const wanted = rows === undefined ? this.used : listContents(rows);
    for (const sha256 of wanted) {
      const content = this.contents.get(sha256);
      if (content?.read) await keeper.keep(content.input, readUnchanged(content.input, content.read));
    }
    for (const [sha256, made] of this.converted) if (wanted.has(made.sha256)) await keeper.keepConverted(sha256, made);
  }

  /** Deletes temporary files. */
  close(): Promise<void> {
    return this.spool.close();
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
    if ('problem' in file) {
      this.photos.add(file.traits ?? []);
      return file;
    }
    const traits = findTraits(file.bytes, file.bytes.length);
    this.photos.add(traits);
    const { convert } = this.options.tools ?? {};
    const outcome =
      convert !== undefined && traits.length > 0
        ? await this.convert(file, convert)
        : await this.check(file.bytes, async () => read);
    return 'problem' in outcome ? { problem: `is ${visibleText(value)}, which ${outcome.problem}` } : outcome;
  }

  private async nameValue(value: unknown): Promise<unknown> {
    if (isPictureBytes(value)) return this.nameOne(value);
    if (!Array.isArray(value)) return value;
    const named: unknown[] = [];
    for (const one of value) named.push(isPictureBytes(one) ? await this.nameOne(one) : one);
    return named;
  }

  private nameOne(given: PictureBytes): Promise<string> {
    const name = this.names.get(given) ?? this.readAndName(given);
    // A stream can be read only once.
    this.names.set(given, name);
    return name;
  }

  private async readAndName(given: PictureBytes): Promise<string> {
    const outcome = await this.takeBytes(given);
    const isWrong = 'problem' in outcome;
    // Without a content of its own, a problem has a name that no content has.
    const value = toStoredValue(
      isWrong ? { sha256: randomBytes(32).toString('hex'), extension: 'png' } : outcome.input,
    );
    const found = isWrong ? { problem: `is given as bytes: it ${outcome.problem}` } : outcome;
    this.outcomes.set(value, Promise.resolve(found));
    return value;
  }

  private async takeBytes(given: PictureBytes): Promise<Outcome> {
    const found = await readBytes(given);
    if ('problem' in found) return found;
    const { bytes } = found;
    this.photos.add(findTraits(bytes, bytes.length));
    return this.check(bytes, async () => {
      const readAgain = await this.spool.add(bytes);
      return async () => ({ name: 'bytes of a program', bytes: await readAgain() });
    });
  }

  /** @param keep called for a valid picture; returns how it is read again */
  private async check(bytes: Buffer, keep: () => Promise<NonNullable<Resolved['read']>>): Promise<Outcome> {
    const picture = readPicture(bytes);
    if ('problem' in picture) return picture;
    const problem = (await this.options.tools?.findDecodeProblem?.(bytes)) ?? null;
    if (problem !== null) return { problem };
    const input = { sha256: hashFile(bytes), extension: picture.extension };
    return this.contents.get(input.sha256) ?? this.remember({ input, bytes: bytes.length, read: await keep() });
  }

  /** Another release of the encoder may make other bytes: what was made of this content before is used again. */
  private async convert(
    { name, bytes }: Extract<ReadFile, { bytes: Buffer }>,
    convert: NonNullable<PictureTools['convert']>,
  ): Promise<Outcome> {
    const original = hashFile(bytes);
    const before = this.converted.get(original) ?? (await this.options.remote().findConverted(original));
    if (before !== null) return this.rememberConverted(original, before, null);
    const made = await convert(bytes);
    if ('problem' in made) return made;
    const input = { sha256: hashFile(made.bytes), extension: made.extension, bytes: made.bytes.length };
    const readAgain = await this.spool.add(made.bytes);
    return this.rememberConverted(original, input, async () => ({ name, bytes: await readAgain() }));
  }

  private rememberConverted(original: string, made: ConvertedInput, read: Resolved['read']): Resolved {
    const { sha256, extension, bytes } = made;
    this.photos.addConverted();
    this.converted.set(original, made);
    return this.remember({ input: { sha256, extension }, bytes, read });
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
    const { folder, remote, parts, tools } = this.options;
    if (reference.kind === 'part')
      return parts?.get(reference.name)?.() ?? Promise.resolve(toMissingPart(reference.name));
    const limit = tools?.convert === undefined ? MAX_INPUT_BYTES : MAX_CONVERTIBLE_BYTES;
    if (reference.kind === 'file') return readLocalFile(path.resolve(folder, reference.path), reference.path, limit);
    if (reference.kind !== 'file-url') return remote().read(reference, limit);
    const place = toLocalPath(reference.url);
    return place === null
      ? Promise.resolve({ problem: `is ${visibleText(reference.url)}, which is not a file of this machine` })
      : readLocalFile(place, reference.url, limit);
  }
}

function listContents(rows: Iterable<PlainRow>): ReadonlySet<string> {
  const steps = [...rows].flatMap(listSteps);
  const stored = steps.flatMap(({ operation, request }) => listStoredInputs(operation, request));
  return new Set(stored.map(({ sha256 }) => sha256));
}

function readUnchanged({ sha256 }: StoredInput, read: () => Promise<ReadFile>): () => Promise<NamedFile> {
  return async () => {
    const file = await read();
    if ('problem' in file)
      throw new InputFileError([{ field: 'an input', problem: `${file.problem}; it was there before` }]);
    if (hashFile(file.bytes) === sha256) return file;
    const problem = 'has changed since it was checked; nothing was started: start again';
    throw new InputFileError([{ field: visibleText(file.name), problem }]);
  };
}

function toMissingPart(name: string): ReadFile {
  const problem = `is ${visibleText(`part:${name}`)}, but the body has no such part; must be multipart/form-data with it`;
  return { problem };
}

function hashFile(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

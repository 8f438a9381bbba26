/**
 * Reads `multipart/form-data` bodies. Each part goes into a temporary file as it arrives, so that a body takes little memory
 * however large its files are. Uses the parser of `@fastify/multipart` without that plugin, which reads the request itself:
 * bounds and minimum rate of a body are those of `readBody`.
 */
import { setMaxListeners } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { InvalidRequestError } from '../../connection/errors';
import type { FileParts } from '../../input/pictures/picture-inputs';

import type { FieldProblem } from '../../input/requests/request-schema';
import { visibleText } from '../../input/requests/visible-text';
import { describeSize, MAX_INPUT_BYTES } from '../../workflows/domain/operations/stored-input';
import { toMediaType } from './content-type';
import { ApiProblem } from './problem';
import { type BodyBounds, readBody } from './read-body';

export const FORM_TYPE = 'multipart/form-data';

/** Maximum parts of a body: each is a file in the temporary folder. */
const MAX_PARTS = 1_000;
/** Maximum headers of a part, in bytes: they hold its name and the name of its file. */
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_HEADERS = 16;

/**
 * The JSON schema of a form, for the document.
 *
 * @param about the schema of the main part
 * @param others schemas of further parts, with one of which the main part may be missing
 */
export function describeForm(main: string, about: object, others: Readonly<Record<string, object>> = {}): object {
  const required = Object.keys(others).length === 0 ? { required: [main] } : {};
  const file = { type: 'string', format: 'binary', description: 'a picture, at most 20 MB' };
  return {
    type: 'object',
    description: 'Fields of requests name the files as "part:NAME".',
    properties: { [main]: about, ...others },
    ...required,
    additionalProperties: file,
  };
}

/** A part as it was received. */
export interface FormPart {
  /** The name of the file, as the caller has it; `null` if there is none. */
  readonly fileName: string | null;
  readonly contentType: string;
  readonly bytes: number;
  /** The temporary file, with the beginning of a part that is too large. */
  readonly path: string;
}

interface Form<Main extends FormPart | null = FormPart> {
  /** The part that is not a file for a field. */
  readonly main: Main;
  /** The other parts, by name. */
  readonly files: FileParts;
}

export function isForm({ headers }: FastifyRequest): boolean {
  return toMediaType(headers['content-type']) === FORM_TYPE;
}

/**
 * Reads a form and passes it to `work`. Its files exist until `work` has ended.
 *
 * @param main name of the part that is not a file for a field
 * @throws ApiProblem as `readBody`, or MALFORMED_BODY; InvalidRequestError if parts have no name or the same name
 */
export function withForm<T>(
  request: FastifyRequest,
  main: string,
  bounds: BodyBounds,
  work: (form: Form) => Promise<T>,
): Promise<T> {
  return readForm(request, main, bounds, (reader) => work(reader.form()));
}

/** As `withForm`, but the main part may be missing if there is a part with the other name. */
export function withFormOf<T>(
  request: FastifyRequest,
  { main, orElse }: { readonly main: string; readonly orElse: string },
  bounds: BodyBounds,
  work: (form: Form<FormPart | null>) => Promise<T>,
): Promise<T> {
  return readForm(request, main, bounds, (reader) => work(reader.formOf(orElse)));
}

async function readForm<T>(
  request: FastifyRequest,
  main: string,
  bounds: BodyBounds,
  work: (reader: FormReader) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imagepipeline-form-'));
  try {
    const reader = new FormReader(folder, main);
    await feed(reader.open(request.headers['content-type'] ?? ''), request, bounds, reader);
    return await work(reader);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Passes the body to the parser, chunk by chunk, until the last part is saved. */
async function feed(
  parser: BusboyInstance,
  { raw }: FastifyRequest,
  bounds: BodyBounds,
  reader: FormReader,
): Promise<void> {
  const orFail = <T>(step: Promise<T>) => Promise.race([step, reader.failed]);
  try {
    for await (const chunk of readBody(raw, bounds)) {
      // Called back once the parts in the chunk are being saved: a slow disk slows the caller.
      await orFail(new Promise<void>((resolve) => parser.write(chunk, () => resolve())));
    }
    await orFail(new Promise<void>((resolve) => parser.once('finish', () => resolve()).end()));
    await orFail(reader.saved());
  } finally {
    await reader.close();
  }
}

class FormReader {
  /** Rejects if the body is malformed or a part cannot be saved. */
  readonly failed: Promise<never>;
  private readonly parts = new Map<string, FormPart>();
  private readonly problems: FieldProblem[] = [];
  private readonly stopping = new AbortController();
  private fail: (error: unknown) => void = () => undefined;
  private count = 0;
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly main: string,
  ) {
    setMaxListeners(MAX_PARTS, this.stopping.signal);
    this.failed = new Promise((_resolve, reject) => {
      this.fail = reject;
    });
    // Handled by the step in progress; between two steps there is none.
    this.failed.catch(() => undefined);
  }

  /** @throws ApiProblem if the header names no boundary */
  open(contentType: string): BusboyInstance {
    const parser = toParser(contentType);
    parser.on('error', () =>
      this.fail(malformed('the body ends before the last boundary that its Content-Type names')),
    );
    parser.on('partsLimit', () => this.fail(malformed(`the body has more than ${MAX_PARTS} parts`)));
    parser.on('file', (name: string | undefined, content, fileName: string | undefined, _encoding, contentType) => {
      this.take(name ?? '', content, { fileName: fileName ?? null, contentType });
    });
    return parser;
  }

  /** @throws the error of a part that could not be saved */
  saved(): Promise<void> {
    return this.saving;
  }

  /** Ends what is left if the body was not read to its end. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([this.saving]);
  }

  /** @throws InvalidRequestError with every problem of the parts */
  form(): Form {
    const { main, files } = this.formOf(null);
    if (main === null) throw new InvalidRequestError([this.missing]);
    return { main, files };
  }

  /**
   * @param orElse name of a part without which the main one is required; `null`: it is always required
   * @throws InvalidRequestError with every problem of the parts
   */
  formOf(orElse: string | null): Form<FormPart | null> {
    const main = this.parts.get(this.main) ?? null;
    const isMissing = main === null && (orElse === null || !this.parts.has(orElse));
    const problems = isMissing ? [this.missing, ...this.problems] : this.problems;
    if (problems.length > 0) throw new InvalidRequestError(problems);
    const others = [...this.parts].filter(([name]) => name !== this.main);
    return { main, files: new Map(others.map(([name, part]) => [name, () => readFilePart(name, part)])) };
  }

  private get missing(): FieldProblem {
    return { field: this.main, problem: 'is missing; must be a part of the body' };
  }

  /** Saves one part after the other: a chunk may contain hundreds. */
  private take(name: string, content: Readable, about: Pick<FormPart, 'fileName' | 'contentType'>): void {
    this.count += 1;
    if (name === '') this.problems.push({ field: `part ${this.count}`, problem: 'has no name' });
    if (this.parts.has(name)) {
      this.problems.push({ field: name, problem: 'is the name of another part, too; must be unique' });
    }
    const target = path.join(this.folder, String(this.count));
    const part = { ...about, path: target, bytes: 0 };
    this.parts.set(name, part);
    addAbortSignal(this.stopping.signal, content);
    this.saving = this.saving.then(async () => {
      part.bytes = await save(content, target, name === this.main ? Number.POSITIVE_INFINITY : MAX_INPUT_BYTES);
    });
    this.saving.catch(this.fail);
  }
}

function toParser(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      // With or without the name of a file.
      isPartAFile: () => true,
      limits: { parts: MAX_PARTS, headerPairs: MAX_HEADERS, headerSize: MAX_HEADER_BYTES },
    });
  } catch {
    throw malformed('the Content-Type has no boundary');
  }
}

function malformed(detail: string): ApiProblem {
  return new ApiProblem('MALFORMED_BODY', detail);
}

/** Writes the beginning of a part to a file, up to `limit` bytes, and returns the size of the whole part. */
async function save(content: Readable, target: string, limit: number): Promise<number> {
  let bytes = 0;
  const beginning = async function* () {
    for await (const chunk of content) {
      bytes += (chunk as Buffer).length;
      if (bytes <= limit) yield chunk;
    }
  };
  await pipeline(beginning, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
  return bytes;
}

async function readFilePart(name: string, { path: place, bytes, fileName }: FormPart) {
  if (bytes > MAX_INPUT_BYTES) return { problem: `is ${visibleText(`part:${name}`)}, which ${describeSize(bytes)}` };
  return { name: fileName ?? name, bytes: await readFile(place) };
}

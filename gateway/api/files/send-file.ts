/** Sends a file of the store: whole, in part, or not at all if the caller has it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type KeptFile,
  keptFileAt,
  NotInStore,
  type OpenFile,
  RESULT_TYPES,
  toFileName,
} from '../../../activities/store';
import { getOwn } from '../../../workflows/domain/base/own-value';
import type { StoredResult } from '../../../workflows/domain/item/item';
import { ApiProblem } from '../problem';
import { Semaphore } from '../semaphore';
import type { ApiTools } from '../tools';
import { matchesTag, parseRange } from './byte-range';

/** A connection whose reader takes nothing for this long is closed, in ms: it holds a file, or a connection to S3. */
const MAX_STALL_MS = 120_000;
/** Maximum concurrent downloads. */
const MAX_DOWNLOADS = 200;

/** Type of files that are not known: no browser shows them. */
const UNKNOWN_TYPE = 'application/octet-stream';

/** Headers of everything that comes from the store: no browser may run it, whatever the provider has sent. */
export const FILE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, no-cache',
};

/** Where a file is, and its content. */
export interface ServedFile extends Pick<StoredResult, 'sha256' | 'bytes'> {
  readonly kept: KeptFile;
}

/** @param folder of the item's files, below the store's root */
export function toServedFile(folder: string, key: string, { file, sha256, bytes }: StoredResult): ServedFile {
  return { kept: keptFileAt({ folder, key }, file), sha256, bytes };
}

export class FileSender {
  private readonly downloads = new Semaphore(MAX_DOWNLOADS, 'downloads');

  constructor(private readonly store: ApiTools['store']) {}

  /** @throws ApiProblem if there is no such file, or no byte of it is in the range */
  async send(request: FastifyRequest, reply: FastifyReply, served: ServedFile): Promise<FastifyReply> {
    const tag = `"${served.sha256}"`;
    reply.headers({ ...FILE_HEADERS, etag: tag });
    if (matchesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
    const release = this.downloads.take();
    try {
      const file = await openFile(this.store, served);
      return await sendOpen(request, reply, served, file, release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

/** @throws ApiProblem if the store does not have it, or other bytes in its place */
async function openFile(store: ApiTools['store'], { kept, bytes }: ServedFile): Promise<OpenFile> {
  const file = await store.openFile(kept).catch((error: unknown) => explainMissing(store, error));
  if (file.bytes === bytes) return file;
  const remedy = 'The file was changed in the store; restore it from a copy.';
  throw new ApiProblem('STORE_UNAVAILABLE', `the file has ${file.bytes} bytes, its result ${bytes}`, { remedy });
}

/** @throws ApiProblem if the store does not have the file */
export function readFile(store: ApiTools['store'], kept: KeptFile): Promise<Buffer> {
  return store.readImage(kept).catch((error: unknown) => explainMissing(store, error));
}

async function explainMissing({ contents }: ApiTools['store'], error: unknown): Promise<never> {
  if (!(error instanceof NotInStore)) throw error;
  await contents.refuseMissing();
  const remedy = 'It was removed, or the workers use another store: check IMAGEPIPELINE_STORE of the gateway.';
  throw new ApiProblem('NOT_FOUND', "the file is not in the gateway's store", { remedy });
}

async function sendOpen(
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
  { kept, sha256 }: ServedFile,
  file: OpenFile,
  release: () => void,
): Promise<FastifyReply> {
  const { bytes } = file;
  // A part is only of use with the content that the caller has.
  const isSame = headers['if-range'] === undefined || headers['if-range'] === `"${sha256}"`;
  const range = isSame && method === 'GET' ? parseRange(headers.range, bytes) : null;
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${bytes}`);
    throw new ApiProblem('RANGE_NOT_SATISFIABLE', `the file has ${bytes} bytes`);
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  reply.headers({
    'accept-ranges': 'bytes',
    'content-disposition': `attachment; filename="${toFileName(kept)}"`,
    'content-length': end - start + 1,
    'content-type': getOwn(RESULT_TYPES, kept.extension) ?? UNKNOWN_TYPE,
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${bytes}` }),
  });
  reply.code(range === null ? 200 : 206);
  if (method === 'HEAD') {
    release();
    return reply.send();
  }
  const stream = await file.read({ start, end });
  stream.once('close', release);
  closeStalled(reply);
  return reply.send(stream);
}

export function closeStalled({ raw }: FastifyReply): void {
  raw.setTimeout(MAX_STALL_MS, () => raw.destroy());
}

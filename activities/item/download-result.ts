/** Makes one attempt to download, verify and store a result. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { log } from '@temporalio/activity';
import type { StoredResult } from '../../workflows/domain/item/item';
import type { OutputKind } from '../../workflows/domain/operations/operations';
import { describeProblem, type ImagePipelineApi } from '../imagepipeline/api';
import { readText } from '../imagepipeline/read-body';
import { type HttpResponse, readHeader } from '../imagepipeline/transport';
import { InvalidMedia, type MediaFacts } from '../media/media-facts';
import { MAX_FILE_BYTES, MEDIA, verifyAnyResult, verifyResult } from '../media/verify-result';
import { type ResultPlace, type ResultStore, StoreUnavailable } from '../store/result-store';

interface DownloadTools {
  readonly api: ImagePipelineApi;
  readonly store: ResultStore;
}

interface Download {
  readonly url: string;
  readonly place: ResultPlace;
  /** The kind that it must have; `null` for any. */
  readonly kind: OutputKind | null;
  readonly tag: string;
  readonly signal: AbortSignal;
}

/** The download failed; a fresh URL may help. The message contains no URL. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
}

/**
 * @throws DownloadFailed if the bytes did not arrive, are incomplete, or are not of the kind
 * @throws StoreUnavailable if they could not be written
 */
export async function downloadResult({ api, store }: DownloadTools, download: Download): Promise<StoredResult> {
  // The store comes first: a result is not downloaded before there is a place for it.
  const path = await store.stage(download.place, download.tag);
  try {
    const response = await openResult(api, download);
    const { kind } = download;
    // Open until the file is kept: the store syncs it by the same handle.
    const handle = await withStoreFaults(() => open(path, 'w'));
    try {
      const written = await writeBody(response, handle, kind === null ? MAX_FILE_BYTES : MEDIA[kind].maxBytes);
      const { extension, ...facts } = await verify(path, kind, response);
      const file = await store.keep({ path, handle, ...download.place, extension });
      return { file, ...written, ...facts };
    } finally {
      await handle.close();
    }
  } catch (error) {
    // Throw the first error, not one of the cleanup; staged leftovers are removed after a day.
    await store.discard(path).catch(() => log.warn('could not remove a staged file', { place: download.place.key }));
    throw error;
  }
}

async function openResult(api: ImagePipelineApi, { url, signal }: Download): Promise<HttpResponse> {
  let response: HttpResponse;
  try {
    response = await api.openResult(url, signal);
  } catch (error) {
    throw new DownloadFailed(`the result could not be downloaded: ${describeProblem(error)}`);
  }
  if (response.status === 200) return response;
  await readText(response.body).catch(() => undefined);
  throw new DownloadFailed(`the download of the result returned HTTP ${response.status}`);
}

async function verify(path: string, kind: OutputKind | null, response: HttpResponse): Promise<MediaFacts> {
  try {
    if (kind !== null) return await verifyResult(path, kind);
    return await verifyAnyResult(path, readHeader(response, 'content-type') ?? null);
  } catch (error) {
    if (error instanceof InvalidMedia) throw new DownloadFailed(error.message);
    throw error;
  }
}

async function writeBody(
  response: HttpResponse,
  handle: FileHandle,
  maxBytes: number,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of readWholeBody(response, maxBytes)) {
    bytes += chunk.byteLength;
    hash.update(chunk);
    await withStoreFaults(() => writeAll(handle, chunk));
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Yields the body; throws if it breaks off, is too long, or does not match its Content-Length. */
async function* readWholeBody(response: HttpResponse, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new DownloadFailed(`the result is larger than ${maxBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof DownloadFailed) throw error;
    throw new DownloadFailed(`the result broke off after ${bytes} bytes: ${describeProblem(error)}`);
  }
  const said = readHeader(response, 'content-length');
  if (said !== undefined && Number(said) !== bytes) {
    throw new DownloadFailed(`the result has ${bytes} bytes; its Content-Length is ${said}`);
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) written += (await handle.write(chunk, written)).bytesWritten;
}

async function withStoreFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StoreUnavailable(`cannot write to the store: ${error instanceof Error ? error.message : String(error)}`);
  }
}

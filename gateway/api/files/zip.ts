/** Writes a ZIP of files in the store, one after the other, as fast as its reader takes it. */
import { addAbortSignal, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { type KeptFile, NotInStore, toFileName } from '../../../activities/store';
import type { ApiTools } from '../tools';

/** A last file, which lists what could not be added. Results have other endings. */
const MISSING_NAME = 'not-in-store.txt';
const MODE = 0o644;

export interface ZipTerms {
  /** Time of all files. */
  readonly modified: Date;
  /** Called with the error that ended the ZIP early. */
  readonly onError: (error: unknown) => void;
}

/**
 * Returns the bytes of a ZIP. Keeps one file open, and of each file that was added only its place. Pictures, clips and
 * sounds are compressed already, so nothing is compressed. Fails with the first error of the store; a file that the store
 * does not have is listed in `not-in-store.txt`.
 */
export function streamZip(store: ApiTools['store'], files: AsyncIterable<KeptFile>, terms: ZipTerms): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const gone = new AbortController();
  output.once('close', () => gone.abort());
  zip.once('error', (error) => output.destroy(error));
  fill(zip, store, files, terms.modified, gone.signal).catch((error: unknown) => {
    // The reader left: there is nothing to report.
    if (gone.signal.aborted) return;
    terms.onError(error);
    output.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return output;
}

async function fill(
  zip: ZipFile,
  store: ApiTools['store'],
  files: AsyncIterable<KeptFile>,
  modified: Date,
  gone: AbortSignal,
): Promise<void> {
  const missing: string[] = [];
  for await (const kept of files) {
    gone.throwIfAborted();
    const name = toFileName(kept);
    const file = await store.openFile(kept).catch((error: unknown) => {
      if (!(error instanceof NotInStore)) throw error;
      return null;
    });
    if (file === null) missing.push(name);
    else await addFile(zip, name, { size: file.bytes, mtime: modified, mode: MODE }, await file.read(), gone);
  }
  if (missing.length > 0) zip.addBuffer(Buffer.from(`${missing.join('\n')}\n`), MISSING_NAME, { compress: false });
  zip.end();
}

/** Resolves when the bytes have been passed on: the next file is opened only then. */
function addFile(
  zip: ZipFile,
  name: string,
  about: { readonly size: number; readonly mtime: Date; readonly mode: number },
  content: Readable,
  gone: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    content.once('end', resolve).once('error', reject);
    addAbortSignal(gone, content);
    zip.addReadStream(content, name, { ...about, compress: false });
  });
}

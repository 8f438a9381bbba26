/** Verifies results by reading them, whatever they are declared to be. */
import type { OutputKind } from '../../workflows/domain/operations/operations';
import { InvalidMedia, type MediaFacts, withFile } from './media-facts';
import { HEAD_BYTES, sniffKind } from './sniff-kind';
import { verifyClip } from './verify-clip';
import { verifyImage } from './verify-image';
import { verifyMesh } from './verify-mesh';
import { verifySound } from './verify-sound';

interface Medium {
  /** Maximum size, far above any result of the documented sizes. */
  readonly maxBytes: number;
  /** @throws InvalidMedia */
  verify(path: string): Promise<MediaFacts>;
}

const MEBIBYTE = 1024 * 1024;

/** By kind of file; the type makes the table complete. */
export const MEDIA: Readonly<Record<OutputKind, Medium>> = {
  image: { maxBytes: 256 * MEBIBYTE, verify: verifyImage },
  video: { maxBytes: 1_024 * MEBIBYTE, verify: verifyClip },
  audio: { maxBytes: 256 * MEBIBYTE, verify: verifySound },
  mesh: { maxBytes: 512 * MEBIBYTE, verify: verifyMesh },
};

/** Maximum size of a file of any kind. */
export const MAX_FILE_BYTES = Math.max(...Object.values(MEDIA).map(({ maxBytes }) => maxBytes));

/**
 * @throws InvalidMedia if it is not of the kind, or incomplete
 */
export async function verifyResult(path: string, kind: OutputKind): Promise<MediaFacts> {
  try {
    return await MEDIA[kind].verify(path);
  } catch (error) {
    // A table that points beyond its own end.
    if (error instanceof RangeError) throw new InvalidMedia('the result is damaged', { cause: error });
    throw error;
  }
}

/**
 * Verifies a file of any kind. A file whose kind is not known is kept as it is.
 *
 * @param declared its media type in words of the provider; `null` if not declared
 * @throws InvalidMedia if it is incomplete, or a web page instead of a file
 */
export async function verifyAnyResult(path: string, declared: string | null): Promise<MediaFacts> {
  const kind = await withFile(path, async (file) => sniffKind(await file.read(0, Math.min(file.size, HEAD_BYTES))));
  if (kind !== null) return verifyResult(path, kind);
  const [mimeType = ''] = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+/i.exec(declared ?? '') ?? [];
  if (mimeType.toLowerCase() === 'text/html') throw new InvalidMedia('the result is a web page');
  const unknown = { width: null, height: null, verified: false };
  return { mimeType: mimeType === '' ? 'application/octet-stream' : mimeType, extension: 'bin', ...unknown };
}

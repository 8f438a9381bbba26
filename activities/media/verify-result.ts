/** Verifies results by reading them, whatever they are declared to be. */
import type { OutputKind } from '../../workflows/domain/operations/operations';
import { InvalidMedia, type MediaFacts } from './media-facts';
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

/** By kind of output; the type makes the table complete. */
export const MEDIA: Readonly<Record<OutputKind, Medium>> = {
  image: { maxBytes: 256 * MEBIBYTE, verify: verifyImage },
  video: { maxBytes: 1_024 * MEBIBYTE, verify: verifyClip },
  audio: { maxBytes: 256 * MEBIBYTE, verify: verifySound },
  mesh: { maxBytes: 512 * MEBIBYTE, verify: verifyMesh },
};

/**
 * @throws InvalidMedia if it is not what the operation makes, or incomplete
 */
export async function verifyResult(path: string, output: OutputKind): Promise<MediaFacts> {
  try {
    return await MEDIA[output].verify(path);
  } catch (error) {
    // A table that points beyond its own end.
    if (error instanceof RangeError) throw new InvalidMedia('the result is damaged', { cause: error });
    throw error;
  }
}

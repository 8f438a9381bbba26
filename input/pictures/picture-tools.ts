/** What needs native code, and is given to the resolution of inputs by its caller. */
import type { InputExtension } from '../../workflows/domain/operations/stored-input';

/** A picture that was re-encoded, or why it cannot be; the problem follows the name of the file. */
export type Converted = { readonly bytes: Buffer; readonly extension: InputExtension } | { readonly problem: string };

export interface PictureTools {
  /** Re-encodes a picture upright, in sRGB, as an upload may be. Default: pictures stay as they are. */
  readonly convert?: (bytes: Buffer) => Promise<Converted>;
  /** Decodes every pixel and returns the problem; `null` if there is none. Default: nothing is decoded. */
  readonly findDecodeProblem?: (bytes: Buffer) => Promise<string | null>;
}

/** Largest file that is read to be converted, in bytes. */
export const MAX_CONVERTIBLE_BYTES = 512 * 1024 * 1024;

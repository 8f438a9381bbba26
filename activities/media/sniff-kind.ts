/** Recognizes the kind of a file by its first bytes. */
import type { OutputKind } from '../../workflows/domain/operations/operations';
import { isSound } from './verify-sound';

/** Bytes that are needed to recognize a file. */
export const HEAD_BYTES = 12;

/** The first that matches counts. Each byte is a character. */
const BEGINNINGS: readonly { readonly kind: OutputKind; readonly begins: Pick<RegExp, 'test'> }[] = [
  { kind: 'image', begins: /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF[\s\S]{4}WEBP|II\*\0|MM\0\*)/ },
  { kind: 'image', begins: /^[\s\S]{4}ftyp(avif|avis|heic|heix|mif1)/ },
  { kind: 'video', begins: /^([\s\S]{4}ftyp|[\s\S]E\xdf\xa3)/ },
  { kind: 'audio', begins: { test: isSound } },
  { kind: 'mesh', begins: /^glTF/ },
];

/** Returns `null` if it is of no kind that can be verified. */
export function sniffKind(head: Buffer): OutputKind | null {
  const text = head.toString('latin1', 0, HEAD_BYTES);
  return BEGINNINGS.find(({ begins }) => begins.test(text))?.kind ?? null;
}

/** Names files that the provider's upload does not take, so that a message can say what to do. */
import { AVIF, HEIC } from './photo-traits';

interface OtherFormat {
  /** A test of the first bytes, one character for each. */
  readonly form: RegExp;
  readonly name: string;
}

const FORMATS: readonly OtherFormat[] = [
  {
    form: HEIC,
    name: 'is a HEIC picture, which phones make: export it as JPEG',
  },
  { form: AVIF, name: 'is an AVIF picture' },
  { form: /^....ftyp(M4A|M4B)/s, name: 'is a sound' },
  { form: /^....ftyp/s, name: 'is a clip' },
  { form: /^(II\*\0|MM\0\*)/, name: 'is a TIFF or raw picture: export it as JPEG or PNG' },
  { form: /^BM/, name: 'is a BMP picture' },
  { form: /^8BPS/, name: 'is a Photoshop file: export it as JPEG or PNG' },
  { form: /^%PDF/, name: 'is a PDF' },
  { form: /^(RIFF....WAVE|ID3|OggS|fLaC|\xff[\xe2\xe3\xf2\xf3\xfa\xfb])/s, name: 'is a sound' },
  { form: /^.E\xdf\xa3|^RIFF....AVI /s, name: 'is a clip' },
  { form: /^PK../s, name: 'is an archive' },
  { form: /^\s*(<\?xml[^>]*>\s*)?<svg/i, name: 'is an SVG drawing' },
  { form: /^\s*<(!doctype|html)/i, name: 'is a web page' },
  { form: /^glTF/, name: 'is a mesh' },
];

const MAX_BEGINNING = 512;

/** Says what a file is that is not a picture of an accepted format. */
export function nameOtherFormat(bytes: Buffer): string {
  const beginning = bytes.toString('latin1', 0, MAX_BEGINNING);
  return FORMATS.find(({ form }) => form.test(beginning))?.name ?? 'is not a picture';
}

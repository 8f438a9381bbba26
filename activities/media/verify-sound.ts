/** Verifies sounds. The chunks of a WAV must be as long as its header says; other formats are recognized by their first bytes. */
import { InvalidMedia, type MediaFacts, type OpenFile, withFile } from './media-facts';

const CHUNK_HEADER_BYTES = 8;
/** Length of the header of a RIFF file, behind which its chunks begin. */
const RIFF_HEADER_BYTES = 12;
const FORMAT_BYTES = 16;
/** Written by encoders that did not know the length in advance. */
const UNKNOWN_LENGTH = 0xffffffff;

/** Beginnings of formats that are kept without a check of their content. */
const OTHERS = [
  { begins: /^ID3/, mimeType: 'audio/mpeg', extension: 'mp3' },
  { begins: /^\xff[\xe2\xe3\xf2\xf3\xfa\xfb]/, mimeType: 'audio/mpeg', extension: 'mp3' },
  { begins: /^OggS/, mimeType: 'audio/ogg', extension: 'ogg' },
  { begins: /^fLaC/, mimeType: 'audio/flac', extension: 'flac' },
] as const;

const WAVE = /^RIFF[\s\S]{4}WAVE/;

/** @param head the first bytes of a file, each as a character */
export function isSound(head: string): boolean {
  return WAVE.test(head) || OTHERS.some(({ begins }) => begins.test(head));
}

/** @throws InvalidMedia */
export function verifySound(path: string): Promise<MediaFacts> {
  return withFile(path, async (file) => {
    const head = (await file.read(0, Math.min(file.size, RIFF_HEADER_BYTES))).toString('latin1');
    if (WAVE.test(head)) return readWave(file);
    const other = OTHERS.find(({ begins }) => begins.test(head));
    if (other === undefined) throw new InvalidMedia('the result is not a sound');
    const { mimeType, extension } = other;
    return { mimeType, extension, width: null, height: null, verified: false };
  });
}

interface WaveFormat {
  readonly sampleRate: number;
  readonly bytesPerSecond: number;
}

async function readWave(file: OpenFile): Promise<MediaFacts> {
  let format: WaveFormat | null = null;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= file.size; ) {
    const header = await file.read(at, CHUNK_HEADER_BYTES);
    const [type, length] = [header.toString('latin1', 0, 4), header.readUInt32LE(4)];
    const content = at + CHUNK_HEADER_BYTES;
    if (type === 'fmt ') format = readFormat(await file.read(content, FORMAT_BYTES));
    if (type === 'data' && format !== null) return toFacts(format, length, file.size - content);
    // Chunks are padded to an even length.
    at = content + length + (length % 2);
  }
  throw new InvalidMedia('the result is a WAV file without samples');
}

function readFormat(chunk: Buffer): WaveFormat {
  return { sampleRate: chunk.readUInt32LE(4), bytesPerSecond: chunk.readUInt32LE(8) };
}

/** @param left bytes of the file behind the header of the samples */
function toFacts({ sampleRate, bytesPerSecond }: WaveFormat, length: number, left: number): MediaFacts {
  const isKnown = length !== UNKNOWN_LENGTH;
  const bytes = isKnown ? length : left;
  if (bytes > left) throw new InvalidMedia(`the result has ${left} bytes of samples; its header says ${bytes}`);
  if (bytes === 0 || bytesPerSecond === 0) throw new InvalidMedia('the result is a WAV file without samples');
  const durationMs = Math.round((1_000 * bytes) / bytesPerSecond);
  return {
    ...{ mimeType: 'audio/wav', extension: 'wav', width: null, height: null },
    ...{ verified: isKnown, durationMs, sampleRate },
  };
}

/** Writes sounds as WAV files with 16 bits. */
const SAMPLE_RATE = 16_000;
const BYTES_PER_SAMPLE = 2;
const HEADER_BYTES = 44;
const SECONDS_PER_CHARACTER = 0.06;
const MIN_SECONDS = 0.25;
const MAX_SECONDS = 30;
const VOLUME = 0.3 * 32_767;
const LOWEST_HZ = 180;

/** A tone for each character, as long as the text would take to say. */
export function writeSpeech(text: string): Buffer {
  const seconds = Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, text.length * SECONDS_PER_CHARACTER));
  const samples = Math.round(seconds * SAMPLE_RATE);
  const file = Buffer.alloc(HEADER_BYTES + samples * BYTES_PER_SAMPLE);
  writeHeader(file, samples * BYTES_PER_SAMPLE);
  for (let index = 0; index < samples; index += 1) {
    const time = index / SAMPLE_RATE;
    const code = text.charCodeAt(Math.floor(time / SECONDS_PER_CHARACTER)) || 0;
    const value = Math.sin(2 * Math.PI * (LOWEST_HZ + (code % 64) * 5) * time);
    file.writeInt16LE(Math.round(value * VOLUME), HEADER_BYTES + index * BYTES_PER_SAMPLE);
  }
  return file;
}

/** One channel of PCM. */
function writeHeader(file: Buffer, dataBytes: number): void {
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(dataBytes, 40);
}

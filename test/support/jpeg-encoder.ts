/** Sound JPEGs with what no encoder at hand writes: baseline, grey, blocks of one brightness each, with restart markers. */

const SOI = [0xff, 0xd8];
const EOI = [0xff, 0xd9];
const START_OF_SCAN = Buffer.from([0xff, 0xda]);

interface JpegOptions {
  /** Blocks of 8 × 8 pixels in a row, and rows of them. */
  readonly columns: number;
  readonly rows: number;
  /** Blocks between two restart markers; 0: none. */
  readonly restartEvery?: number;
  /** Each in a scan of its own; 1: grey. */
  readonly colours?: 1 | 3;
}

export function encodeJpeg({ columns, rows, restartEvery = 0, colours = 1 }: JpegOptions): Buffer {
  const size = [...u16(rows * 8), ...u16(columns * 8)];
  const ids = Array.from({ length: colours }, (_, index) => index + 1);
  return Buffer.from([
    ...SOI,
    ...segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    ...segment(0xc0, [8, ...size, colours, ...ids.flatMap((id) => [id, 0x11, 0])]),
    // Brightness: every category of a difference has a code of 4 bits; the other coefficients: nothing but "end of block".
    ...segment(0xc4, [
      0x00,
      0,
      0,
      0,
      12,
      ...Array<number>(12).fill(0),
      ...Array.from({ length: 12 }, (_, index) => index),
    ]),
    ...segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    ...(restartEvery === 0 ? [] : segment(0xdd, u16(restartEvery))),
    ...ids.flatMap((id) => [...segment(0xda, [1, id, 0x00, 0, 63, 0]), ...scan(columns * rows, restartEvery)]),
    ...EOI,
  ]);
}

/** Where scans begin, without the first one: a cut there leaves whole scans behind. */
export function startsOfScans(jpeg: Buffer): readonly number[] {
  const starts: number[] = [];
  for (let at = jpeg.indexOf(START_OF_SCAN); at !== -1; at = jpeg.indexOf(START_OF_SCAN, at + 1)) starts.push(at);
  return starts.slice(1);
}

function scan(blocks: number, restartEvery: number): number[] {
  const bytes: number[] = [];
  let [bits, before, restarts] = ['', 0, 0];
  for (let block = 0; block < blocks; block += 1) {
    if (restartEvery > 0 && block > 0 && block % restartEvery === 0) {
      bytes.push(...packed(bits), 0xff, 0xd0 + (restarts % 8));
      [bits, before, restarts] = ['', 0, restarts + 1];
    }
    const brightness = ((block * 37) % 200) - 100;
    bits += codeOfDifference(brightness - before);
    before = brightness;
  }
  return [...bytes, ...packed(bits)];
}

function codeOfDifference(difference: number): string {
  const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
  const value = difference < 0 ? difference + 2 ** category - 1 : difference;
  const bits = category === 0 ? '' : value.toString(2).padStart(category, '0');
  return `${category.toString(2).padStart(4, '0')}${bits}0`;
}

/** Filled up with ones; a byte of ones is followed by a zero, so that it is no marker. */
function packed(bits: string): number[] {
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = (whole.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return bytes.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]));
}

function segment(marker: number, data: readonly number[]): number[] {
  return [0xff, marker, ...u16(data.length + 2), ...data];
}

function u16(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}

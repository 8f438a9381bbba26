/** Markers and segments of a JPEG: ITU-T T.81, annex B. */

/** The size of a picture in pixels, or why it cannot be read; the problem follows the name of the format. */
export type PictureSize = { readonly width: number; readonly height: number } | { readonly problem: string };

export const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
/** SOF0 to SOF15, except DHT (C4), JPG (C8) and DAC (CC). */
export const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers without a segment: TEM, and RST0 to RST7. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** Whatever follows the end of the image, such as a preview, is ignored. */
export function readJpeg(bytes: Buffer): PictureSize {
  let size: PictureSize | null = null;
  let at = 2;
  for (;;) {
    const marker = findMarker(bytes, at);
    if (marker === null) return { problem: 'ends too early: the file is cut off' };
    if (marker.code === END_OF_IMAGE) return size ?? { problem: 'has no header with its size' };
    at = marker.end;
    if (isBare(marker.code)) continue;
    if (at + 2 > bytes.length) return { problem: 'ends too early: the file is cut off' };
    if (isFrame(marker.code) && at + 7 <= bytes.length) {
      size = { width: bytes.readUInt16BE(at + 5), height: bytes.readUInt16BE(at + 3) };
    }
    if (marker.code === START_OF_SCAN && size === null) return { problem: 'has no header with its size' };
    at += bytes.readUInt16BE(at);
  }
}

/** Finds the next marker. `FF 00` is a data byte, and any number of `FF` may precede a marker. */
export function findMarker(bytes: Buffer, from: number): { readonly code: number; readonly end: number } | null {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1] ?? 0;
    if (code !== 0x00 && code !== 0xff) return { code, end: at + 2 };
  }
  return null;
}

/**
 * Checks that the scans of a JPEG contain the whole image. A progressive JPEG that was cut between two scans and then
 * terminated is valid to a decoder, only coarser; so is a multi-scan file that lacks a component.
 *
 * Markers and segment fields: ITU-T T.81, annex B.
 */

const COEFFICIENTS = 64;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
/** SOF0 to SOF15, except DHT (C4), JPG (C8) and DAC (CC). */
const isStartOfFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers without a segment: TEM, RST0 to RST7 and SOI. */
const hasNoSegment = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

interface Segment {
  readonly marker: number;
  readonly data: Buffer;
}

/** @param jpeg an image that a decoder has read without errors */
export function hasEveryScan(jpeg: Buffer): boolean {
  const components = new Map<number, boolean[]>();
  for (const { marker, data } of listSegments(jpeg)) {
    if (isStartOfFrame(marker)) {
      for (const id of readFrameComponents(data)) components.set(id, Array<boolean>(COEFFICIENTS).fill(false));
    }
    if (marker === START_OF_SCAN) markKnown(components, data);
  }
  return components.size > 0 && [...components.values()].every((known) => known.every((isKnown) => isKnown));
}

/** Lists the segments up to the end of the first image; anything after it is not part of its scans. */
function* listSegments(jpeg: Buffer): Generator<Segment> {
  let at = 0;
  while (true) {
    const found = nextMarker(jpeg, at);
    if (found === null || found.marker === END_OF_IMAGE) return;
    at = found.end;
    if (hasNoSegment(found.marker)) continue;
    if (at + 2 > jpeg.length) return;
    const end = at + jpeg.readUInt16BE(at);
    yield { marker: found.marker, data: jpeg.subarray(at + 2, end) };
    at = end;
  }
}

/** Finds the next marker. `FF 00` is a data byte, and any number of `FF` may precede a marker. */
function nextMarker(jpeg: Buffer, from: number): { readonly marker: number; readonly end: number } | null {
  for (let at = jpeg.indexOf(0xff, from); at !== -1; at = jpeg.indexOf(0xff, at + 1)) {
    const marker = jpeg[at + 1] ?? 0;
    if (marker !== 0x00 && marker !== 0xff) return { marker, end: at + 2 };
  }
  return null;
}

function readFrameComponents(data: Buffer): readonly number[] {
  return Array.from({ length: data[5] ?? 0 }, (_, index) => data[6 + 3 * index] ?? -1);
}

/** Marks the coefficients whose lowest bit is in this scan. */
function markKnown(components: ReadonlyMap<number, boolean[]>, data: Buffer): void {
  const count = data[0] ?? 0;
  const [first = 0, last = 0, bits = 0] = data.subarray(1 + 2 * count);
  const missingBits = bits & 0x0f;
  if (missingBits > 0) return;
  for (let index = 0; index < count; index++) {
    components.get(data[1 + 2 * index] ?? -1)?.fill(true, first, last + 1);
  }
}

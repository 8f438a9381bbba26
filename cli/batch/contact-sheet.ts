/** Draws the images of a run on one page; a failed item shows its code. */
import sharp from 'sharp';
import type { ItemResultRow } from '../../workflows/domain/item/item';

export type SheetEntry = Pick<ItemResultRow, 'key' | 'outcome' | 'code' | 'file' | 'mimeType'>;

const COLUMNS = 4;
const TILE = 256;
const CAPTION = 32;
const MARGIN = 16;
const PAPER = '#f4f2ee';
const TILES_AT_ONCE = 8;

/** The bytes of an item's image; `null` if it has none. */
export type PictureOf = (entry: SheetEntry) => Promise<Buffer | null>;

/** Writes a PNG to `file`. */
export async function drawContactSheet(
  entries: readonly SheetEntry[],
  pictureOf: PictureOf,
  file: string,
): Promise<void> {
  const rows = Math.ceil(entries.length / COLUMNS);
  const layers: sharp.OverlayOptions[] = [];
  // A few at a time: full images are in memory while their tiles are made.
  for (let first = 0; first < entries.length; first += TILES_AT_ONCE) {
    const some = entries.slice(first, first + TILES_AT_ONCE);
    const tiles = some.map(async (entry, index) => toTile(entry, await pictureOf(entry), first + index));
    layers.push(...(await Promise.all(tiles)).flat());
  }
  await sharp({
    create: {
      width: COLUMNS * (TILE + MARGIN) + MARGIN,
      height: rows * (TILE + CAPTION + MARGIN) + MARGIN,
      channels: 3,
      background: PAPER,
    },
  })
    .composite(layers)
    .png()
    .toFile(file);
}

async function toTile(entry: SheetEntry, image: Buffer | null, index: number): Promise<sharp.OverlayOptions[]> {
  const left = MARGIN + (index % COLUMNS) * (TILE + MARGIN);
  const top = MARGIN + Math.floor(index / COLUMNS) * (TILE + CAPTION + MARGIN);
  const picture =
    image === null
      ? describeTile(entry)
      : await sharp(image).resize(TILE, TILE, { fit: 'contain', background: '#ffffff' }).png().toBuffer();
  return [
    { input: picture, left, top },
    { input: textImage(entry.key, TILE, CAPTION, '#333333', PAPER), left, top: top + TILE },
  ];
}

/** Tile of an item without an image: the type of its file, or how it ended. */
function describeTile({ outcome, code, mimeType }: SheetEntry): Buffer {
  return outcome === 'succeeded' && mimeType !== null
    ? textImage(mimeType, TILE, TILE, '#333333', '#dfe6e5')
    : textImage(code ?? outcome, TILE, TILE, '#8a1c1c', '#e5dfd6');
}

function textImage(text: string, width: number, height: number, ink: string, paper: string): Buffer {
  const safe = text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<rect width="100%" height="100%" fill="${paper}"/>` +
      `<text x="50%" y="50%" dy=".35em" text-anchor="middle" font-family="sans-serif" font-size="15" fill="${ink}">` +
      `${safe}</text></svg>`,
  );
}

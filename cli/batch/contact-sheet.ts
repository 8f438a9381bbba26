/**
 * Draws the results of a run on one page: pictures as they are, a symbol for anything else, and the code of a failed
 * item.
 */
import sharp from 'sharp';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { ItemResultRow } from '../../workflows/domain/item/item';

export type SheetEntry = Pick<ItemResultRow, 'key' | 'outcome' | 'code' | 'file' | 'mimeType'>;

const COLUMNS = 4;
const TILE = 256;
const CAPTION = 32;
const MARGIN = 16;
const PAPER = '#f4f2ee';
const TILES_AT_ONCE = 8;

/** The bytes of an item's image; `null` if it has none. */
type PictureOf = (entry: SheetEntry) => Promise<Buffer | null>;

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

/** Tile of an item without a picture: a symbol and the type of its file, or how it ended. */
function describeTile({ outcome, code, mimeType }: SheetEntry): Buffer {
  if (outcome !== 'succeeded' || mimeType === null) return textImage(code ?? outcome, TILE, TILE, '#8a1c1c', '#e5dfd6');
  const [kind = ''] = mimeType.split('/');
  const symbol = `<path d="${getOwn(SYMBOLS, kind) ?? SHEET_OF_PAPER}" ${SYMBOL_STYLE}/>`;
  return textImage(mimeType, TILE, TILE, '#333333', '#dfe6e5', { symbol, textAt: '82%' });
}

/** Symbols by the first part of a media type, drawn on a tile. */
const SYMBOLS: Readonly<Record<string, string>> = {
  // A triangle that points to the right.
  video: 'M96 64 L184 114 L96 164 Z',
  // Bars like the level of a sound.
  audio: 'M72 98v32 M100 74v80 M128 54v120 M156 74v80 M184 98v32',
  // A cube.
  model: 'M128 50l60 34v64l-60 34l-60-34V84z M68 84l60 34l60-34 M128 118v64',
};
const SHEET_OF_PAPER = 'M84 50h60l28 28v104H84z M144 50v28h28';
const SYMBOL_STYLE = 'fill="none" stroke="#4a6b67" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"';

interface TextPlace {
  /** SVG that is drawn beside the text. */
  readonly symbol: string;
  /** Distance of the text from the top. */
  readonly textAt: string;
}

const IN_THE_MIDDLE: TextPlace = { symbol: '', textAt: '50%' };

function textImage(
  text: string,
  width: number,
  height: number,
  ink: string,
  paper: string,
  { symbol, textAt }: TextPlace = IN_THE_MIDDLE,
): Buffer {
  const safe = text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<rect width="100%" height="100%" fill="${paper}"/>${symbol}` +
      `<text x="50%" y="${textAt}" dy=".35em" text-anchor="middle" font-family="sans-serif" font-size="15" fill="${ink}">` +
      `${safe}</text></svg>`,
  );
}

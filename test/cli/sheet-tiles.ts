/** What a contact sheet shows at a place. */
import sharp from 'sharp';

export const SHEET = { columns: 4, tile: 256, caption: 32, margin: 16 } as const;

/** Red, green and blue of each pixel of a tile. */
export function cutTile(sheet: string, index: number): Promise<Buffer> {
  const { columns, tile, caption, margin } = SHEET;
  const left = margin + (index % columns) * (tile + margin);
  const top = margin + Math.floor(index / columns) * (tile + caption + margin);
  return sharp(sheet).extract({ left, top, width: tile, height: tile }).removeAlpha().raw().toBuffer();
}

/** Whether a tile shows a square image; rounding is forgiven. */
export async function showsImage(tile: Buffer, image: Buffer | string): Promise<boolean> {
  const whole = await sharp(image).resize(SHEET.tile, SHEET.tile).removeAlpha().raw().toBuffer();
  return whole.length === tile.length && whole.every((value, at) => Math.abs(value - (tile[at] ?? 0)) <= 2);
}

/** Which tiles of a grid are on the screen. */

export interface GridShape {
  readonly columns: number;
  readonly tileWidth: number;
  /** Of all rows, in pixels. */
  readonly height: number;
}

export interface Window {
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
}

const MIN_TILE_WIDTH = 150;
/** Height of the text below a picture, in pixels. */
export const CAPTION_HEIGHT = 42;
export const TILE_GAP = 10;
/** Rows above and below the screen that are drawn too. */
const SPARE_ROWS = 2;

export function shapeGrid(count: number, width: number): GridShape {
  const columns = Math.max(1, Math.floor((width + TILE_GAP) / (MIN_TILE_WIDTH + TILE_GAP)));
  const tileWidth = Math.max(1, Math.floor((width - (columns - 1) * TILE_GAP) / columns));
  return { columns, tileWidth, height: Math.ceil(count / columns) * rowHeight(tileWidth) };
}

export function rowHeight(tileWidth: number): number {
  return tileWidth + CAPTION_HEIGHT + TILE_GAP;
}

/**
 * @param top how far the grid is scrolled past the upper edge of the screen, in pixels; negative: it begins below
 * @param screen height of the screen
 */
export function findWindow(count: number, { columns, tileWidth }: GridShape, top: number, screen: number): Window {
  const height = rowHeight(tileWidth);
  const firstRow = Math.max(0, Math.floor(top / height) - SPARE_ROWS);
  const endRow = Math.max(0, Math.ceil((top + screen) / height) + SPARE_ROWS);
  return { first: Math.min(count, firstRow * columns), end: Math.min(count, endRow * columns) };
}

import { draw } from '../random';
import type { Picture } from './picture';
import { wrapText } from './wrap-text';

const SHAPES = 6;
const MIN_FONT_SIZE = 6;
const LINE_HEIGHT = 1.25;
/** Average width of a glyph of a sans-serif face, in ems. */
const GLYPH_WIDTH = 0.58;

interface Lettering {
  readonly lines: readonly string[];
  readonly fontSize: number;
}

/** The prompt on a background derived from prompt and seed. */
export function pictureSvg(picture: Picture): string {
  const { width, height } = picture;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    background(picture),
    ...Array.from({ length: SHAPES }, (_, index) => shape(picture, index)),
    lettering(picture),
    '</svg>',
  ].join('');
}

function background(picture: Picture): string {
  const angle = Math.round(dice(picture, 'angle') * 90);
  return (
    `<defs><linearGradient id="sky" gradientTransform="rotate(${angle} 0.5 0.5)">` +
    `<stop offset="0" stop-color="${colour(picture, 0)}"/><stop offset="1" stop-color="${colour(picture, 1)}"/>` +
    '</linearGradient></defs><rect width="100%" height="100%" fill="url(#sky)"/>'
  );
}

function shape(picture: Picture, index: number): string {
  const { width, height } = picture;
  const x = Math.round(dice(picture, 'x', index) * width);
  const y = Math.round(dice(picture, 'y', index) * height);
  const radius = Math.max(1, Math.round(Math.min(width, height) * (0.06 + 0.24 * dice(picture, 'radius', index))));
  const look = `fill="${colour(picture, 2 + index)}" fill-opacity="0.45"`;
  if (index % 2 === 0) return `<circle cx="${x}" cy="${y}" r="${radius}" ${look}/>`;
  const turn = Math.round(dice(picture, 'turn', index) * 90);
  return `<rect x="${x - radius}" y="${y - radius}" width="${2 * radius}" height="${2 * radius}" rx="${radius >> 2}" transform="rotate(${turn} ${x} ${y})" ${look}/>`;
}

function lettering(picture: Picture): string {
  const { width, height } = picture;
  const fitted = findLargestFitting(picture);
  if (fitted === null) return '';
  const { lines, fontSize } = fitted;
  const lineHeight = fontSize * LINE_HEIGHT;
  const panel = lineHeight * (lines.length + 1);
  const top = (height - panel) / 2;
  const rows = lines.map((line, index) => {
    const y = Math.round(top + lineHeight * (index + 1.25));
    return `<text x="${width / 2}" y="${y}">${escapeXml(line)}</text>`;
  });
  return (
    `<rect x="${width * 0.05}" y="${top}" width="${width * 0.9}" height="${panel}" rx="${fontSize / 2}" fill="#ffffff" fill-opacity="0.78"/>` +
    `<g font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="${fontSize}" fill="#1c1c28" text-anchor="middle">${rows.join('')}</g>`
  );
}

/** The largest text size that leaves a margin; `null` if no size is legible. */
function findLargestFitting({ text, width, height }: Picture): Lettering | null {
  const largest = Math.floor(Math.min(width / 10, height / 6));
  for (let fontSize = largest; fontSize >= MIN_FONT_SIZE; fontSize = Math.floor(fontSize * 0.8)) {
    const perLine = Math.max(1, Math.floor((width * 0.84) / (fontSize * GLYPH_WIDTH)));
    const maxLines = Math.floor((height * 0.9) / (fontSize * LINE_HEIGHT)) - 1;
    const lines = wrapText(text, perLine);
    if (maxLines < 1) continue;
    if (lines.length <= maxLines) return { lines, fontSize };
    if (Math.floor(fontSize * 0.8) < MIN_FONT_SIZE) {
      return { lines: [...lines.slice(0, maxLines - 1), '…'], fontSize };
    }
  }
  return null;
}

function colour(picture: Picture, index: number): string {
  const { palette } = picture;
  if (palette !== null && palette.length > 0) return `#${(palette[index % palette.length] ?? '').replace('#', '')}`;
  const hue = Math.round((dice(picture, 'hue') * 360 + index * 47) % 360);
  return `hsl(${hue}, ${55 + (index % 3) * 10}%, ${60 + (index % 2) * 12}%)`;
}

function dice({ text, seed }: Picture, what: string, index = 0): number {
  return draw('picture', text, seed, what, index);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => ENTITIES[character] ?? character);
}

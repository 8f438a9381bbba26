const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** More than fits into the largest image; bounds the cost of very long prompts. */
const MAX_CHARACTERS = 2_000;
/** XML 1.0 cannot represent these characters, escaped or not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff\p{Surrogate}]/gu;
const NARROW = /^[\u0020-\u02ff]*$/;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u;

/** An unbreakable piece of text and its width in columns. */
interface Piece {
  readonly text: string;
  readonly columns: number;
}

/** Wraps a text into lines of at most `width` columns: at its line ends, between words, and inside long words. */
export function wrapText(text: string, width: number): readonly string[] {
  return text
    .slice(0, MAX_CHARACTERS)
    .replace(NOT_IN_XML, '')
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .flatMap((line) => wrapLine(line, width));
}

function wrapLine(line: string, width: number): readonly string[] {
  const words = line.split(/\s+/).flatMap((word) => join(graphemes(word), '', width));
  return join(words, ' ', width).map(({ text }) => text);
}

/** Joins pieces in order while they fit. */
function join(pieces: readonly Piece[], between: string, width: number): readonly Piece[] {
  const joined: Piece[] = [];
  let last: Piece | null = null;
  for (const { text, columns } of pieces) {
    if (last === null || last.columns + between.length + columns > width) {
      if (last !== null) joined.push(last);
      last = { text, columns };
    } else {
      last = { text: last.text + between + text, columns: last.columns + between.length + columns };
    }
  }
  return last === null ? joined : [...joined, last];
}

/** Never splits a user-perceived character, such as a flag or a family emoji. */
function graphemes(word: string): readonly Piece[] {
  if (NARROW.test(word)) return [...word].map((text) => ({ text, columns: 1 }));
  return [...SEGMENTER.segment(word)].map(({ segment }) => ({ text: segment, columns: WIDE.test(segment) ? 2 : 1 }));
}

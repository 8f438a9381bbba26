/**
 * Removes control characters from text. Text from the provider reaches terminals and spreadsheets, where they could move
 * the cursor, change a window's title or type into a shell. Only newlines and tabs are kept.
 */

const ESC = '\u001b';
const BELL = '\u0007';
/** Whole escape sequences, since their parameters would remain as text: string sequences first, then all others. */
const SEQUENCES = new RegExp(
  `(?:${ESC}[\\]P^_X][^${ESC}${BELL}]*(?:${BELL}|${ESC}\\\\)?|${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}[ -/]*[0-~]?)`,
  'g',
);
/** C0, DEL and C1. */
const CONTROLS = /\p{Cc}/gu;
const FIRST_C1 = 0x7f;

/** Removes terminal sequences and control characters; keeps `\n` and `\t`. */
export function stripControls(text: string): string {
  return replaceControls(text, () => '');
}

/** Like `stripControls`, but writes DEL and C1 as JSON escapes, for output that may be JSON. */
export function escapeControls(text: string): string {
  return replaceControls(text, (character) => {
    const code = character.charCodeAt(0);
    return code < FIRST_C1 ? '' : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Invisible format characters that reorder or hide text. Those that join letters and emoji are not included. */
const FORMATS = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Writes invisible format characters as JSON escapes, for terminals. */
export function escapeFormats(text: string): string {
  return text.replace(FORMATS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Cleans text for one line of a terminal: newlines and tabs become spaces. */
export function toSingleLine(text: string): string {
  return escapeFormats(stripControls(text.replace(/[\n\t]/g, ' ')));
}

function replaceControls(text: string, replace: (character: string) => string): string {
  return text
    .replace(SEQUENCES, '')
    .replace(CONTROLS, (character) => (character === '\n' || character === '\t' ? character : replace(character)));
}

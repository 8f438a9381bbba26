/**
 * Texts of the provider reach terminals and spreadsheets. Control characters in them could move the cursor, change the
 * title of a window or type into a shell, so none is passed on but the end of a line and the tab.
 */

const ESC = '\u001b';
const BELL = '\u0007';
/** Whole sequences, or their parameters would stay behind as text: strings up to their end, then all others. */
const SEQUENCES = new RegExp(
  `(?:${ESC}[\\]P^_X][^${ESC}${BELL}]*(?:${BELL}|${ESC}\\\\)?|${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}[ -/]*[0-~]?)`,
  'g',
);
/** C0, DEL and C1. */
const CONTROLS = /\p{Cc}/gu;
const FIRST_C1 = 0x7f;

/** Without terminal sequences and control characters; `\n` and `\t` stay. */
export function stripControls(text: string): string {
  return replaceControls(text, () => '');
}

/** As `stripControls`, but DEL and C1 become the escapes of JSON, in which text C0 never stands as it is. */
export function escapeControls(text: string): string {
  return replaceControls(text, (character) => {
    const code = character.charCodeAt(0);
    return code < FIRST_C1 ? '' : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Invisible formats that reorder or hide text; those that join letters and emoji are left alone. */
const FORMATS = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** For terminals: invisible formats as the escapes of JSON. */
export function escapeFormats(text: string): string {
  return text.replace(FORMATS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One line for a terminal: the ends of lines are blanks, too. */
export function toSingleLine(text: string): string {
  return escapeFormats(stripControls(text.replace(/[\n\t]/g, ' ')));
}

function replaceControls(text: string, replace: (character: string) => string): string {
  return text
    .replace(SEQUENCES, '')
    .replace(CONTROLS, (character) => (character === '\n' || character === '\t' ? character : replace(character)));
}

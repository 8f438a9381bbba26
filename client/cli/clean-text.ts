/**
 * Texts of the provider reach terminals and spreadsheets. Control characters in them could move the cursor, change the
 * title of a window or type into a shell, so none is passed on but the end of a line and the tab.
 */

const ESC = '\u001b';
const BELL = '\u0007';
/** Whole sequences, so that their parameters do not stay behind as text: strings up to their end, then all others. */
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

/** One line: the ends of lines are blanks, too. */
export function toSingleLine(text: string): string {
  return stripControls(text.replace(/[\n\t]/g, ' '));
}

function replaceControls(text: string, replace: (character: string) => string): string {
  return text
    .replace(SEQUENCES, '')
    .replace(CONTROLS, (character) => (character === '\n' || character === '\t' ? character : replace(character)));
}

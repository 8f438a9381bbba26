/** Width of text in terminal columns: East Asian letters and emoji fill two columns, combining marks none. */

const NO_COLUMN = /[\p{Mn}\p{Me}\p{Cf}]/u;
const TWO_COLUMNS =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Cuts the line to `columns`; a cut line ends in an ellipsis. */
export function cutToWidth(line: string, columns: number): string {
  if (columns <= 0) return '';
  let [width, end] = [0, 0];
  for (const character of line) {
    const next = width + countColumns(character);
    if (next > columns) return `${line.slice(0, end)}…`;
    width = next;
    // The ellipsis needs a column of its own.
    if (width < columns) end += character.length;
  }
  return line;
}

/** Breaks the text at spaces into lines of at most `columns`. A longer word gets its own line. */
export function wrapToWidth(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && measureWidth(longer) > columns) lines.push(line);
    line = line !== '' && measureWidth(longer) > columns ? word : longer;
  }
  return [...lines, line];
}

function measureWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + countColumns(character), 0);
}

function countColumns(character: string): number {
  if (NO_COLUMN.test(character)) return 0;
  return TWO_COLUMNS.test(character) ? 2 : 1;
}

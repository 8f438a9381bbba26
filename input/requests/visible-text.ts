/** Formats external text for messages: invisible characters are escaped and named. */
import { getOwn } from '../../workflows/domain/base/own-value';

/** Invisible characters: formats and controls, except line ends and tabs. */
const INVISIBLE = /[\p{Cf}\p{Cc}]/gu;
const SPACE_CONTROLS = '\t\n\r';

/** Names of the invisible characters that editors, web pages and chats insert. */
const NAMES: Readonly<Record<string, string>> = {
  '\u00ad': 'soft hyphen',
  '\u200b': 'zero-width space',
  '\u200c': 'zero-width non-joiner',
  '\u200d': 'zero-width joiner',
  '\u200e': 'left-to-right mark',
  '\u200f': 'right-to-left mark',
  '\u2060': 'word joiner',
  '\ufeff': 'byte order mark',
};

/** Quotes from word processors. They do not enclose a cell; only straight ones do. */
export const TYPOGRAPHIC_QUOTES = /[\u201c-\u201f\u00ab\u00bb\u2018-\u201b\u2039\u203a]/g;

export function isInTypographicQuotes(text: string): boolean {
  const [first = '', last = ''] = [text.trim().at(0), text.trim().at(-1)];
  return text.trim().length > 1 && [first, last].every((one) => one.replace(TYPOGRAPHIC_QUOTES, '') === '');
}

/** Lists the distinct invisible characters of a text, for instance `U+200B (zero-width space)`; '' if there are none. */
export function invisibleIn(text: string): string {
  const found = new Set(text.match(INVISIBLE)?.filter((one) => !SPACE_CONTROLS.includes(one)));
  return [...found].map(findName).join(', ');
}

export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, (one) => (SPACE_CONTROLS.includes(one) ? one : ''));
}

/** Formats a text as a JSON string with escaped invisible characters, and a note on characters that are easily missed. */
export function visibleText(text: string): string {
  const shown = JSON.stringify(text).replace(INVISIBLE, (one) => [...one].map(escapeInvisible).join(''));
  const invisible = invisibleIn(text);
  if (invisible !== '') return `${shown} with the invisible character ${invisible}`;
  return isInTypographicQuotes(text) ? `${shown} in typographic quotes` : shown;
}

/** A name as it is, or as `visibleText` if it has controls or invisible characters. */
export function visibleName(name: string): string {
  return name.search(INVISIBLE) === -1 ? name : visibleText(name);
}

function findName(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const name = getOwn(NAMES, character);
  return name === undefined ? code : `${code} (${name})`;
}

function escapeInvisible(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

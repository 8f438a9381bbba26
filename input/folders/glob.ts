import { visibleText } from '../requests/visible-text';

/** Characters with a meaning in a regular expression. */
const SPECIAL = /[\\^$.|+()]/g;

/**
 * Converts a glob to a test of paths with `/`. `*` and `?` stay within a name, `**` spans folders, `[ab]` is one of the
 * characters, and `{a,b}` one of the texts. A glob without `/` is compared with the last name. Case is ignored.
 */
export function toPathTest(glob: string): (path: string) => boolean {
  const pattern = new RegExp(`^${toPattern(glob)}$`, 'isu');
  const isForNames = !glob.includes('/');
  return (path) => pattern.test(isForNames ? path.slice(path.lastIndexOf('/') + 1) : path);
}

/** Returns why a text is no glob; `null` if it is one. */
export function findGlobProblem(glob: string): string | null {
  try {
    toPathTest(glob);
    return null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `is ${visibleText(glob)}, which is not a valid pattern: a range must go from the smaller to the larger character, like [a-z]`;
  }
}

const PARTS = /\*\*\/|\*\*|\*|\?|\[(!?)([^\]/]+)\]|\{([^{}]*)\}/g;

function toPattern(glob: string): string {
  let pattern = '';
  let end = 0;
  for (const part of glob.matchAll(PARTS)) {
    pattern += escapeText(glob.slice(end, part.index)) + toPartPattern(part);
    end = part.index + part[0].length;
  }
  return pattern + escapeText(glob.slice(end));
}

function toPartPattern([part, not = '', characters, texts]: RegExpMatchArray): string {
  if (characters !== undefined) return `[${not === '' ? '' : '^'}${characters.replace(/[\\^[\]]/g, '\\$&')}]`;
  if (texts !== undefined) return `(?:${texts.split(',').map(toPattern).join('|')})`;
  if (part === '**/') return '(?:.*/)?';
  if (part === '**') return '.*';
  return part === '*' ? '[^/]*' : '[^/]';
}

function escapeText(text: string): string {
  return text.replace(SPECIAL, '\\$&').replace(/[[\]{}]/g, '\\$&');
}

/**
 * Removes secrets from provider messages, which are shown to people and kept in histories. A message may be long and
 * crafted to be slow to scan, so each character is read once and reading stops where the output ends.
 */

const MAX_MESSAGE = 400;
/** Minimum length of a secret, in characters; removing shorter texts would blank out ordinary words. */
const MIN_SECRET = 6;

const REDACTED = '[redacted]';
const SCHEMES = ['https://', 'http://'] as const;
/** Maximum length of a URL's query, in characters. */
const MAX_QUERY = 65_536;
/** Ends a URL in running text. */
const ENDS_ADDRESS = /[\s"']/;

/**
 * Removes the given secrets and the query of every URL (which may contain a signature), and cuts the text to a length
 * that fits a failure. The cut comes last, so no partial secret remains.
 *
 * @param secrets the texts of the request; the API key is removed where answers are read
 */
export function redact(sentence: string, secrets: readonly string[]): string {
  return cleanText(sentence, sortLongestFirst(secrets.flatMap(listSpellings)), MAX_MESSAGE);
}

/** Removes every URL: an uploaded file is readable by anyone who knows its address. */
export function withoutAddresses(text: string): string {
  return text.replace(/https?:\/\/[^\s"']+/g, REDACTED);
}

/**
 * Like `redact`, with a length limit.
 *
 * @param secrets non-empty texts; if two start at the same position, the first one applies
 */
export function cleanText(text: string, secrets: readonly string[], maxLength: number): string {
  let clean = '';
  let at = 0;
  let isAddress = false;
  while (at < text.length && clean.length <= maxLength) {
    const secret = secrets.find((one) => text.startsWith(one, at));
    if (secret !== undefined) {
      clean += REDACTED;
      at += secret.length;
      continue;
    }
    const character = text.charAt(at);
    if (ENDS_ADDRESS.test(character)) isAddress = false;
    else if (SCHEMES.some((scheme) => text.startsWith(scheme, at))) isAddress = true;
    clean += character;
    at += 1;
    if (!isAddress || character !== '?') continue;
    const end = endOfQuery(text, at, secrets);
    if (end > at) clean += REDACTED;
    at = end;
    isAddress = false;
  }
  const isWhole = at >= text.length && clean.length <= maxLength;
  return isWhole ? clean : `${clean.slice(0, maxLength - 1)}…`;
}

/** A secret that starts inside the query is removed whole. After an unterminated query nothing is shown. */
function endOfQuery(text: string, from: number, secrets: readonly string[]): number {
  let end = from;
  while (end < text.length && !ENDS_ADDRESS.test(text.charAt(end))) {
    if (end - from > MAX_QUERY) return text.length;
    end += secrets.find((one) => text.startsWith(one, end))?.length ?? 1;
  }
  return end;
}

function sortLongestFirst(secrets: readonly string[]): readonly string[] {
  const long = secrets.filter(({ length }) => length >= MIN_SECRET);
  return [...new Set(long)].sort((left, right) => right.length - left.length);
}

/** Spellings of a secret: a JSON message quotes a text with escapes. */
function listSpellings(secret: string): readonly string[] {
  return [secret, JSON.stringify(secret).slice(1, -1)];
}

/**
 * Lists every text in a request, also inside lists and objects, since a provider's message may quote any of them.
 * Colours are not texts.
 */
export function listTexts(request: Readonly<Record<string, unknown>>): string[] {
  return Object.values(request).flatMap(listTextsOf);
}

const COLOUR = /^#[0-9a-f]{6}$/i;

function listTextsOf(value: unknown): string[] {
  if (typeof value === 'string') return COLOUR.test(value) ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listTextsOf) : [];
}

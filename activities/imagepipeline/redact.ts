/**
 * Texts of the provider are shown to people and kept in histories; what must not be there is taken out here. Such a text
 * may be long and made to be slow to read, so that each character is looked at once, and reading ends with what is shown.
 */

const MAX_MESSAGE = 400;
/** Shorter texts would blank out ordinary words. */
const MIN_SECRET = 6;

const REDACTED = '[redacted]';
const SCHEMES = ['https://', 'http://'] as const;
/** Of an address, in characters. */
const MAX_QUERY = 65_536;
/** What ends an address in running text. */
const ENDS_ADDRESS = /[\s"']/;

/**
 * A sentence without the given secrets and without the query of any address (where signatures are), cut to a length
 * that fits a failure. The cut comes last, so that it leaves no half of a secret.
 *
 * @param secrets the texts of the request; the API key is taken out of answers where they are read
 */
export function redact(sentence: string, secrets: readonly string[]): string {
  return cleanText(sentence, sortLongestFirst(secrets.flatMap(listSpellings)), MAX_MESSAGE);
}

/**
 * As `redact`, to a length of one's choice.
 *
 * @param secrets none is empty; of two that begin at the same place the first one counts
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

/** A secret that begins in the query belongs to it whole. Of what follows a query without end nothing is shown. */
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

/** A message that was JSON quotes a text with its escapes. */
function listSpellings(secret: string): readonly string[] {
  return [secret, JSON.stringify(secret).slice(1, -1)];
}

/** Every text in a request: a provider's message may quote any of them. */
export function listTexts(request: Readonly<Record<string, unknown>>): string[] {
  return Object.values(request).filter((value): value is string => typeof value === 'string');
}

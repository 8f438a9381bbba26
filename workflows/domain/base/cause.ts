/** Formats an observed cause as one short sentence for people. Pure. */

/** Maximum length, in characters; longer texts are cut. */
const MAX_CAUSE = 200;

/** One line of bounded length, without URL queries, which may contain secrets. */
export function toCause(message: string): string {
  const clean = message
    .replace(/\s+/g, ' ')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s?#"']*)[?#][^\s"']*/gi, '$1')
    .trim();
  const plain = clean.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']*@/gi, '$1');
  return plain.length > MAX_CAUSE ? `${plain.slice(0, MAX_CAUSE - 1)}…` : plain;
}

/** As the start of a longer text. */
export function toSentence(words: string): string {
  return words === '' ? '' : `${words.replace(/\.$/, '')}. `;
}

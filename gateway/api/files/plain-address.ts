/** An address without what may be a secret: its query, which may be a signature, its user and its password. */
export function toPlainAddress(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return text;
  const hasQuery = url.search !== '' || url.hash !== '';
  const user = url.username === '' && url.password === '' ? '' : '…@';
  return `${url.protocol}//${user}${url.host}${url.pathname}${hasQuery ? '?…' : ''}`;
}

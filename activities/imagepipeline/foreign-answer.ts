/** Describes an answer that is not in the provider's form: from a proxy, a firewall, a login page or another host. */
import { parseJson } from './read-body';
import { type HttpResponse, readHeader } from './transport';

/**
 * @param text the whole body
 * @param url the request's URL, which a redirect may be relative to
 * @returns for example `an HTML page, not an answer of the API`; `null` if the body is JSON
 */
export function describeForeignAnswer(
  response: Pick<HttpResponse, 'status' | 'headers'>,
  text: string,
  url: string,
): string | null {
  const found = redirectIn(response, url) ?? pageIn(response, text);
  return found === null ? null : `${found}, not an answer of the API`;
}

/** Omits path and query, which may contain secrets. */
function redirectIn({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>, url: string): string | null {
  const location = readHeader({ headers }, 'location');
  if (status < 300 || status >= 400 || location === undefined) return null;
  return URL.canParse(location, url) ? `a redirect to ${new URL(location, url).origin}` : 'a redirect';
}

function pageIn(response: Pick<HttpResponse, 'headers'>, text: string): string | null {
  const start = text.trimStart();
  if (start === '') return 'an empty body';
  const isPage = start.startsWith('<') || /\bhtml\b/i.test(readHeader(response, 'content-type') ?? '');
  if (isPage) return 'an HTML page';
  return parseJson(text) === undefined ? 'a text' : null;
}

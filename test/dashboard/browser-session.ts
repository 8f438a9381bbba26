/** A browser's session, without a browser: its cookie and its CSRF token. */
import type { Api } from '../../gateway';

export interface BrowserSession {
  readonly cookie: string;
  readonly csrf: string;
}

type Headers = Readonly<Record<string, string>>;

export function signIn({ url }: Pick<Api, 'url'>, credential: object, headers: Headers = {}): Promise<Response> {
  return fetch(`${url}/dashboard/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
    body: JSON.stringify(credential),
  });
}

export async function openSession(api: Pick<Api, 'url'>, token: string): Promise<BrowserSession> {
  const answer = await signIn(api, { token });
  if (!answer.ok) throw new Error(await answer.text());
  const [cookie = ''] = answer.headers.getSetCookie().map((text) => text.split(';')[0] ?? '');
  const { csrf } = (await answer.json()) as { readonly csrf: string };
  return { cookie, csrf };
}

/** A request as the page sends it; the given headers replace those of the page. */
export function sendAs(
  { cookie, csrf }: BrowserSession,
  { url }: Pick<Api, 'url'>,
  path: string,
  { headers = {}, ...init }: { readonly method?: string; readonly body?: string; readonly headers?: Headers } = {},
): Promise<Response> {
  const own = { cookie, 'imagepipeline-csrf': csrf, 'sec-fetch-site': 'same-origin' };
  const type: Headers = init.body === undefined ? {} : { 'content-type': 'application/json' };
  return fetch(`${url}${path}`, { ...init, redirect: 'manual', headers: { ...own, ...type, ...headers } });
}

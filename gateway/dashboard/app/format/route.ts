/** The addresses of the pages. */

export type Route =
  | { readonly page: 'batches' }
  | { readonly page: 'batch'; readonly id: string }
  | { readonly page: 'start' }
  | { readonly page: 'account' }
  | { readonly page: 'missing' };

const ROOT = '/dashboard';

export function parseRoute(path: string): Route {
  const parts = path
    .replace(/\/+/g, '/')
    .replace(/^\/dashboard\/?|\/$/g, '')
    .split('/');
  const [page = '', id = '', ...rest] = parts;
  if (page === '') return { page: 'batches' };
  if ((page === 'account' || page === 'start') && id === '') return { page };
  const decoded = rest.length === 0 ? decode(id) : null;
  return page === 'batches' && decoded ? { page: 'batch', id: decoded } : { page: 'missing' };
}

export function toPath(route: Route): string {
  if (route.page === 'batch') return `${ROOT}/batches/${encodeURIComponent(route.id)}`;
  return route.page === 'account' || route.page === 'start' ? `${ROOT}/${route.page}` : ROOT;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

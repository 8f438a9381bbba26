/** The addresses of the pages. */

export type Route =
  | { readonly page: 'batches' }
  | { readonly page: 'batch'; readonly id: string }
  | { readonly page: 'items' }
  | { readonly page: 'item'; readonly id: string }
  | { readonly page: 'start' }
  | { readonly page: 'start-item' }
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
  if ((page === 'account' || page === 'start' || page === 'items') && id === '') return { page };
  if (page === 'start' && id === 'item' && rest.length === 0) return { page: 'start-item' };
  const decoded = rest.length === 0 ? decode(id) : null;
  if (!decoded) return { page: 'missing' };
  if (page === 'items') return { page: 'item', id: decoded };
  return page === 'batches' ? { page: 'batch', id: decoded } : { page: 'missing' };
}

export function toPath(route: Route): string {
  switch (route.page) {
    case 'batch':
      return `${ROOT}/batches/${encodeURIComponent(route.id)}`;
    case 'item':
      return `${ROOT}/items/${encodeURIComponent(route.id)}`;
    case 'start-item':
      return `${ROOT}/start/item`;
    case 'items':
    case 'start':
    case 'account':
      return `${ROOT}/${route.page}`;
    case 'batches':
    case 'missing':
      return ROOT;
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

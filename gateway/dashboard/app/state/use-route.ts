/** The page that the address names. Links change it without a request. */
import { useEffect, useState } from 'preact/hooks';
import { parseRoute, type Route } from '../format/route';

const MOVED = 'dashboard-moved';

export function useRoute(): Route {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const follow = () => setPath(location.pathname);
    const onClick = (event: MouseEvent) => {
      const target = findOwnLink(event);
      if (target === null) return;
      event.preventDefault();
      navigate(target);
    };
    addEventListener('popstate', follow);
    addEventListener(MOVED, follow);
    document.addEventListener('click', onClick);
    return () => {
      removeEventListener('popstate', follow);
      removeEventListener(MOVED, follow);
      document.removeEventListener('click', onClick);
    };
  }, []);
  return parseRoute(path);
}

export function navigate(path: string): void {
  history.pushState(null, '', path);
  scrollTo(0, 0);
  dispatchEvent(new Event(MOVED));
}

/** A plain click on a link to a page of the dashboard. */
function findOwnLink(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return null;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target !== '' || link.hash !== '' || link.hasAttribute('download')) return null;
  const isOwn = link.origin === location.origin && /^\/dashboard(\/|$)/.test(link.pathname);
  return isOwn ? link.pathname : null;
}

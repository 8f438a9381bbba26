/** The frame of every page: its navigation and the session. */
import type { ComponentChildren } from 'preact';
import { type Route, toPath } from '../format/route';
import { useApp, useMay } from '../state/app-context';

const ROLES = {
  read: 'can look',
  operate: 'can look and control',
  start: 'can look, control and start',
} as const;

export function Shell({ route, children }: { readonly route: Route; readonly children: ComponentChildren }) {
  const { api, session } = useApp();
  const { role, prefix } = session;
  const mayStart = useMay('start');
  const isBatches = route.page === 'batches' || route.page === 'batch';
  const isItems = route.page === 'items' || route.page === 'item';
  const isStart = route.page === 'start' || route.page === 'start-item';
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={toPath({ page: 'batches' })}>
          ImagePipeline
        </a>
        <nav aria-label="Pages">
          <NavLink route={{ page: 'batches' }} isCurrent={isBatches} label="Batches" />
          <NavLink route={{ page: 'items' }} isCurrent={isItems} label="Items" />
          {mayStart && <NavLink route={{ page: 'start' }} isCurrent={isStart} label="Start" />}
          {prefix === '' && (
            <NavLink route={{ page: 'account' }} isCurrent={route.page === 'account'} label="Account" />
          )}
        </nav>
        <span class="top-session" title={`This session ${ROLES[role]}`}>
          may {role}
          {prefix === '' ? '' : ` · ${prefix}…`}
        </span>
        <button class="button quiet" type="button" onClick={() => void api.signOut()}>
          Sign out
        </button>
      </header>
      <main id="content" class="content">
        {children}
      </main>
    </>
  );
}

interface NavLinkProps {
  readonly route: Route;
  readonly isCurrent: boolean;
  readonly label: string;
}

function NavLink({ route, isCurrent, label }: NavLinkProps) {
  return (
    <a href={toPath(route)} aria-current={isCurrent ? 'page' : undefined}>
      {label}
    </a>
  );
}

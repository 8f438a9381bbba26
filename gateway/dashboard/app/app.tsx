/** The dashboard: a sign-in, or the page that the address names. */
import { useMemo } from 'preact/hooks';
import { AccountPage } from './account/account-page';
import { BatchPage } from './batch/batch-page';
import { BatchesPage } from './batches/batches-page';
import { type Route, toPath } from './format/route';
import { ItemPage } from './items/item-page';
import { ItemsPage } from './items/items-page';
import { StartItemPage } from './items/start-item-page';
import { Loading, Notice } from './parts/notice';
import { Shell } from './parts/shell';
import { SignIn } from './session/sign-in';
import { useSession } from './session/use-session';
import { StartPage } from './start/start-page';
import { AppProvider } from './state/app-context';
import { useRoute } from './state/use-route';

export function App() {
  const { api, session, problem, signIn } = useSession();
  const route = useRoute();
  const state = useMemo(() => (session === null || session === 'loading' ? null : { api, session }), [api, session]);
  if (session === 'loading') return <Loading what="the dashboard" />;
  if (state === null) return <SignIn problem={problem} signIn={signIn} />;
  return (
    <AppProvider value={state}>
      <Shell route={route}>
        <Page route={route} />
      </Shell>
    </AppProvider>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'batches':
      return <BatchesPage />;
    case 'batch':
      return <BatchPage key={route.id} id={route.id} />;
    case 'items':
      return <ItemsPage />;
    case 'item':
      return <ItemPage key={route.id} id={route.id} />;
    case 'start':
      return <StartPage />;
    case 'start-item':
      return <StartItemPage />;
    case 'account':
      return <AccountPage />;
    case 'missing':
      return (
        <Notice title="There is no such page">
          <a href={toPath({ page: 'batches' })}>All batches</a>
        </Notice>
      );
  }
}

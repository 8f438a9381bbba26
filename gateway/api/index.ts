/** The HTTP API: the library for other languages, with bearer tokens. */
import { RowIndex } from '../../client/batches/row-index';
import type { ImagePipelineClient } from '../../client/client';
import type { OpenStore } from '../../client/open-store';
import { DASHBOARD_PATH } from '../dashboard/page-routes';
import { listen } from '../listen';
import { countPending } from '../pending-requests';
import type { ApiToken } from './access/api-token';
import { Sessions } from './access/sessions';
import { TokenBook } from './access/token-book';
import { AccountWatch } from './account-watch';
import { type AskForStatus, BatchWatches } from './batch-watches';
import { buildApiServer } from './server';
import type { ApiSettings } from './settings';
import { type ApiTools, withDeadline } from './tools';

export { createToken, toPlainToken } from './access/api-token';
export { type ApiSettings, parseApiSettings } from './settings';

export interface Api {
  /** The address on this machine. */
  readonly url: string;
  /** The address of the dashboard; `null`: there is none. */
  readonly dashboardUrl: string | null;
  /** Returns an address that signs one browser in, once and for 15 minutes; `null`: there is no dashboard. */
  createSignInUrl(token: ApiToken): string | null;
  /** The number of requests without a complete answer. */
  pending(): number;
  /** Accepts no more connections, answers the requests in progress and ends event streams. */
  close(): Promise<void>;
}

/**
 * @param client closed by the caller, as is the store
 * @throws GatewayPortError if it cannot listen on the port
 */
export async function startApi(
  settings: ApiSettings,
  client: ImagePipelineClient,
  store: OpenStore,
  log: ApiTools['log'],
): Promise<Api> {
  const stopping = new AbortController();
  const rows = new RowIndex(store.batches);
  const askForStatus: AskForStatus = (id, signal) =>
    client.temporal.withAbortSignal(signal, () => withDeadline({ client }, () => client.batch(id).status()));
  const watches = new BatchWatches(askForStatus, stopping.signal);
  const accountWatch = new AccountWatch(
    (signal) =>
      client.temporal.withAbortSignal(signal, () => withDeadline({ client }, () => client.account().status())),
    stopping.signal,
  );
  const tools = { client, store, rows, watches, accountWatch, settings, log, stopping: stopping.signal };
  const tokens = new TokenBook(settings.tokens, settings.tokensFile ?? null, log);
  const { host, port, dashboard = null } = settings;
  const sessions = new Sessions(tokens);
  const temporalUi =
    dashboard?.temporalUi == null
      ? null
      : { address: dashboard.temporalUi.replace(/\/+$/, ''), namespace: client.temporal.options.namespace };
  const app = await buildApiServer(settings, tokens, tools, dashboard === null ? null : { sessions, temporalUi });
  const pending = countPending(app.server);
  const url = await listen(app, { host, port, what: 'the API', setBy: 'IMAGEPIPELINE_API_PORT' });
  const dashboardUrl = dashboard === null ? null : `${url}${DASHBOARD_PATH}`;
  return {
    url,
    dashboardUrl,
    // Browsers do not send what follows `#`: the code is in no log.
    createSignInUrl: (token) => dashboardUrl && `${dashboardUrl}#code=${sessions.createCode(token)}`,
    pending,
    close: () => {
      stopping.abort();
      return app.close();
    },
  };
}

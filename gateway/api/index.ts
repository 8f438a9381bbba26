/** The HTTP API for other languages: what the library does, behind bearer tokens. */
import type { ImagePipelineClient } from '../../client/client';
import type { OpenStore } from '../../client/open-store';
import { listen } from '../listen';
import { countPending } from '../pending-requests';
import { KeyedMutex } from './keyed-mutex';
import { buildApiServer } from './server';
import type { ApiSettings } from './settings';
import type { ApiTools } from './tools';

export { type ApiSettings, DEFAULT_API_PORT, parseApiSettings } from './settings';

export interface Api {
  /** For this machine. */
  readonly url: string;
  /** Requests that are not answered to their end. */
  pending(): number;
  /** Takes no more connections, answers what is under way, ends streams of events. */
  close(): Promise<void>;
}

/**
 * @param client and store are closed by whoever opened them
 * @throws GatewayPortError if the port cannot be had
 */
export async function startApi(
  settings: ApiSettings,
  client: ImagePipelineClient,
  store: OpenStore,
  log: ApiTools['log'],
): Promise<Api> {
  const stopping = new AbortController();
  const tools = { client, store, settings, log, batchMutex: new KeyedMutex(), stopping: stopping.signal };
  const app = await buildApiServer(settings, tools);
  const pending = countPending(app.server);
  const { host, port } = settings;
  const url = await listen(app, { host, port, what: 'the API', setBy: 'IMAGEPIPELINE_API_PORT' });
  return {
    url,
    pending,
    close: () => {
      stopping.abort();
      return app.close();
    },
  };
}

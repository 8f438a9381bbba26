/** The HTTP API within `dev`, served if tokens are set. */
import { ImagePipelineClient } from '../../client/client';
import { openStore } from '../../client/open-store';
import { type Api, parseApiSettings, startApi } from '../../gateway';
import type { TemporalServer } from '../../tools/temporal';
import { type Environment, SettingsError } from '../../worker';

interface ApiOptions {
  readonly env: Environment;
  readonly cwd: string;
  /** The worker's store. */
  readonly store: string;
  readonly onProgress: (line: string) => void;
}

/**
 * Starts the HTTP API; `null` if IMAGEPIPELINE_API_TOKENS is not set.
 *
 * @throws SettingsError
 */
export async function serveDevApi(options: ApiOptions, server: TemporalServer): Promise<Api | null> {
  const { env, cwd, onProgress } = options;
  const problems: string[] = [];
  const settings = parseApiSettings(env, problems);
  if (problems.length > 0) throw new SettingsError(problems);
  if (settings === null) return null;
  const inStore = { ...ofProduct(env), IMAGEPIPELINE_STORE: options.store };
  const store = openStore(inStore, cwd);
  const client = await ImagePipelineClient.connect({ env: { ...inStore, TEMPORAL_ADDRESS: server.address }, cwd });
  const end = async () => {
    await client.close();
    await store.close();
  };
  try {
    const api = await startApi(settings, client, store, onProgress);
    return { url: api.url, pending: () => api.pending(), close: () => api.close().finally(end) };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The environment without Temporal's settings, which name another server. */
function ofProduct(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

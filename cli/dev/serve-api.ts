/** The HTTP API within `dev`: with the dashboard, or if tokens are set. */
import { randomBytes } from 'node:crypto';
import { ImagePipelineClient } from '../../client/client';
import { openStore } from '../../client/open-store';
import { type Api, type ApiSettings, parseApiSettings, startApi, toPlainToken } from '../../gateway';
import type { TemporalServer } from '../../tools/temporal';
import { type Environment, SettingsError } from '../../worker';

interface ApiOptions {
  readonly env: Environment;
  readonly cwd: string;
  /** The worker's store. */
  readonly store: string;
  /** Whether to serve the dashboard. */
  readonly dashboard: boolean;
  readonly onProgress: (line: string) => void;
}

/** The HTTP API within `dev`. */
export interface DevApi extends Pick<Api, 'url' | 'pending' | 'close'> {
  /** The dashboard; `null`: there is none. */
  readonly dashboard: {
    readonly url: string;
    /** Signs one browser in, once; `null` if other hosts can connect. */
    readonly signInUrl: string | null;
  } | null;
  /** Whether tokens are set. */
  readonly hasTokens: boolean;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/**
 * Starts the HTTP API; `null` without the dashboard if IMAGEPIPELINE_API_TOKENS is not set.
 *
 * @throws SettingsError
 */
export async function serveDevApi(options: ApiOptions, server: TemporalServer): Promise<DevApi | null> {
  const { env, cwd, dashboard, onProgress } = options;
  const own = newToken();
  const tokens = env['IMAGEPIPELINE_API_TOKENS']?.trim();
  if (!tokens && !dashboard) return null;
  const problems: string[] = [];
  const parsed = parseApiSettings(tokens ? env : { ...env, IMAGEPIPELINE_API_TOKENS: own }, problems);
  if (problems.length > 0 || parsed === null) throw new SettingsError(problems);
  const settings: ApiSettings = {
    ...parsed,
    // The token of the sign-in link is known to this process alone.
    tokens: dashboard && tokens ? [...parsed.tokens, toPlainToken(own)] : parsed.tokens,
    dashboard: dashboard ? { temporalUi: parsed.dashboard?.temporalUi ?? server.uiUrl } : null,
  };
  const inStore = { ...ofProduct(env), IMAGEPIPELINE_STORE: options.store };
  const store = openStore(inStore, cwd);
  const client = await ImagePipelineClient.connect({ env: { ...inStore, TEMPORAL_ADDRESS: server.address }, cwd });
  const end = async () => {
    await client.close();
    await store.close();
  };
  const start = (changed: Partial<ApiSettings> = {}) =>
    startApi({ ...settings, ...changed }, client, store, onProgress);
  try {
    // Several `dev` run on one machine: only a port that the user has chosen must be free.
    const isAnyPort = !tokens && !env['IMAGEPIPELINE_API_PORT']?.trim();
    const api = await start().catch((error: unknown) => {
      if (isAnyPort && error instanceof Error && error.name === 'GatewayPortError') return start({ port: 0 });
      throw error;
    });
    const signInUrl = LOOPBACK.test(settings.host) ? api.createSignInUrl(toPlainToken(own)) : null;
    return {
      url: api.url,
      hasTokens: Boolean(tokens),
      dashboard: api.dashboardUrl === null ? null : { url: api.dashboardUrl, signInUrl },
      pending: () => api.pending(),
      close: () => api.close().finally(end),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function newToken(): string {
  return randomBytes(32).toString('hex');
}

/** The environment without Temporal's settings, which name another server. */
function ofProduct(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

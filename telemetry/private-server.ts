/** Serves health and metrics over HTTP on a port for operators, which must not be public. */
import { isLoopback, isLoopbackHost } from '../workflows/domain/base/loopback';
import { READY_KNOWN_MS, rememberFor } from './remember-for';
import type { MetricsSettings } from './settings';

interface Shown {
  /** Whether work can be done now; for load balancers and rolling updates. */
  ready(): Promise<boolean>;
  /** Returns the Prometheus text format. */
  metrics(): Promise<string>;
}

export interface PrivateServer {
  readonly url: string;
  close(): Promise<void>;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/healthz` (200 if the process answers), `/readyz` (200 or 503) and `/metrics`.
 *
 * @throws MetricsPortError if the port is not available
 */
export async function servePrivately({ host, port }: MetricsSettings, shown: Shown): Promise<PrivateServer> {
  // Loaded on demand: processes that serve nothing do not need it.
  const { fastify } = await import('fastify');
  const app = fastify({ forceCloseConnections: true });
  const isReady = rememberFor(READY_KNOWN_MS, shown.ready);
  // There is no sign-in, so a browser on this machine must address this machine.
  if (isLoopback(host)) {
    app.addHook('onRequest', async ({ headers }, reply) =>
      isLoopbackHost(headers.host) ? undefined : reply.code(421).send(),
    );
  }
  app.get('/healthz', async (_request, reply) => reply.send());
  app.get('/readyz', async (_request, reply) => reply.code((await isReady()) ? 200 : 503).send());
  app.get('/metrics', async (_request, reply) => reply.type(METRICS_TYPE).send(await shown.metrics()));
  try {
    const url = await app.listen({ host, port });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw new MetricsPortError(host, port, error);
  }
}

/** The configured port for health and metrics is not available. */
class MetricsPortError extends Error {
  override readonly name = 'MetricsPortError';

  constructor(host: string, port: number, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    super(
      `cannot serve health and metrics on ${host}:${port} (${code}); choose another port or host with ` +
        'IMAGEPIPELINE_METRICS_PORT (0 picks a free one) or IMAGEPIPELINE_METRICS_HOST',
      { cause },
    );
  }
}

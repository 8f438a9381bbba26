/** Health and metrics over HTTP, on a port that is for operators and never for the public. */
import { isLoopback, isLoopbackHost } from '../workflows/domain/base/loopback';
import { READY_KNOWN_MS, rememberFor } from './remember-for';
import type { MetricsSettings } from './settings';

interface Shown {
  /** Whether work can be done now: for a load balancer or a rolling update. */
  ready(): Promise<boolean>;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
}

export interface PrivateServer {
  readonly url: string;
  close(): Promise<void>;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/healthz` (200: the process answers), `/readyz` (200, or 503) and `/metrics`.
 *
 * @throws MetricsPortError if the port cannot be had
 */
export async function servePrivately({ host, port }: MetricsSettings, shown: Shown): Promise<PrivateServer> {
  // Whoever serves nothing does not pay for loading it.
  const { fastify } = await import('fastify');
  const app = fastify({ forceCloseConnections: true });
  const isReady = rememberFor(READY_KNOWN_MS, shown.ready);
  // Of a browser of this machine, only what is meant for this machine: there is no sign-in.
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

/** Health and metrics cannot be served where they were to be. */
export class MetricsPortError extends Error {
  override readonly name = 'MetricsPortError';

  constructor(host: string, port: number, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    super(
      `health and metrics cannot be served on ${host}:${port} (${code}); choose another with ` +
        'IMAGEPIPELINE_METRICS_PORT (0 picks a free one) or IMAGEPIPELINE_METRICS_HOST',
      { cause },
    );
  }
}

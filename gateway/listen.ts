import type { FastifyInstance } from 'fastify';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** As people are told it. */
  readonly what: string;
  /** How another port is chosen. */
  readonly setBy: string;
}

/**
 * Listens, or closes the server. Returns its address for this machine.
 *
 * @throws GatewayPortError if the port cannot be had
 */
export async function listen(app: FastifyInstance, { host, port, what, setBy }: ListenOptions): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const message = `${what} cannot listen on ${host}:${port} (${code}); choose another with ${setBy} (0 picks a free one)`;
    throw new GatewayPortError(message, { cause: error });
  }
}

/** The gateway cannot listen where it was told to. */
export class GatewayPortError extends Error {
  override readonly name = 'GatewayPortError';
}

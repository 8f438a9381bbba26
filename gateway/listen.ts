import type { FastifyInstance } from 'fastify';

interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Name of the server in messages. */
  readonly what: string;
  /** The flag and variable that set the port, for messages. */
  readonly setBy: string;
}

/**
 * Starts to listen and returns the address on this machine. On failure it closes the server.
 *
 * @throws GatewayPortError if it cannot listen on the port
 */
export async function listen(app: FastifyInstance, { host, port, what, setBy }: ListenOptions): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const message = `${what} cannot listen on ${host}:${port} (${code}); set another port with ${setBy} (0 picks a free one)`;
    throw new GatewayPortError(message, { cause: error });
  }
}

/** The gateway cannot listen on its port. */
class GatewayPortError extends Error {
  override readonly name = 'GatewayPortError';
}

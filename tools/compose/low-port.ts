/**
 * Picks ports for services that start some time after the port was picked: below the range of outgoing connections,
 * which could take it meanwhile. The Temporal server on PostgreSQL also needs low ports, because its membership table
 * stores them in 15 bits.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range that systems use for outgoing connections, above the usual service ports. */
const MIN_PORT = 15_000;
const MAX_PORT = 32_000;
const ATTEMPTS = 50;

/** A free port on 127.0.0.1; random, because other processes may pick one at the same time. */
export async function pickLowPort(): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = MIN_PORT + Math.floor(Math.random() * (MAX_PORT - MIN_PORT));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${MIN_PORT} and ${MAX_PORT} in ${ATTEMPTS} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!(await free)) return false;
  server.close();
  await once(server, 'close');
  return true;
}

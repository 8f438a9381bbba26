/**
 * Ports for services that are begun some time after their port was picked: no connection of others takes it meanwhile. And for
 * the roles of a Temporal server on PostgreSQL, whose table of members keeps them in 15 bits.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below where systems take ports for connections from, above where services have theirs. */
const MIN_PORT = 15_000;
const MAX_PORT = 32_000;
const ATTEMPTS = 50;

/** A port on 127.0.0.1 that nobody listens on at the moment; at random, for others may be looking too. */
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

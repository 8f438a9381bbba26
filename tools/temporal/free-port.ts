import { createServer } from 'node:net';
import { TemporalServerError, toErrno } from './errors';

const HOST = '127.0.0.1';

/** A port on 127.0.0.1 that is free at the moment. */
export function pickFreePort(): Promise<number> {
  return listenOnce(0);
}

/** Throws PORT_IN_USE, with the flag that selects another port, if the port is taken. */
export async function checkPortIsFree(port: number, flag: '--port' | '--ui-port'): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    throw toErrno(error) === 'EADDRINUSE' ? portInUse(port, flag, error) : error;
  }
}

export function portInUse(port: number, flag: string, cause?: unknown): TemporalServerError {
  const message = `Port ${port} on ${HOST} is in use by another program. Choose another with ${flag}, or end that program.`;
  return new TemporalServerError('PORT_IN_USE', message, { cause });
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}

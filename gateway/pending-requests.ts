import type { Server, ServerResponse } from 'node:http';

/** Counts the requests of a server without a complete answer. */
export function countPending(server: Server): () => number {
  let pending = 0;
  server.on('request', (_request, response: ServerResponse) => {
    pending += 1;
    response.once('close', () => {
      pending -= 1;
    });
  });
  return () => pending;
}

/** Stands between a worker and the emulator: notes when a job is seen completed, and may keep hints of its end back. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What tells when a job will end or has ended. */
const HINTS = [
  'estimated_time_seconds',
  'progress',
  'queued_at',
  'started_at',
  'completed_at',
  'total_elapsed_seconds',
];

export interface StatusProxy {
  readonly url: string;
  /** In ms since the epoch, by job id. */
  readonly seenCompleted: ReadonlyMap<string, number>;
  stop(): void;
}

export async function startStatusProxy(targetUrl: string, withHints: boolean): Promise<StatusProxy> {
  const seenCompleted = new Map<string, number>();
  const server = createServer((request, response) => {
    forward(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await fetch(targetUrl + request.url, await outgoing(request));
    const body = (await answer.json()) as Record<string, unknown>;
    if (body['status'] === 'completed') seenCompleted.set(String(body['job_id']), Date.now());
    if (!withHints) for (const hint of HINTS) delete body[hint];
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, seenCompleted, stop };
}

async function outgoing(request: IncomingMessage): Promise<RequestInit> {
  const { method, headers } = request;
  const passed = { 'x-api-key': String(headers['x-api-key']), 'content-type': 'application/json' };
  return method === 'POST' ? { method, headers: passed, body: await text(request) } : { headers: passed };
}

/** Stands between the emulator and the gateway and keeps every callback as it came, so that it can be sent again. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Callback {
  /** With the token. */
  readonly path: string;
  readonly body: string;
}

export interface CallbackRelay {
  readonly url: string;
  readonly seen: readonly Callback[];
  stop(): void;
}

export async function startCallbackRelay(gatewayUrl: string): Promise<CallbackRelay> {
  const seen: Callback[] = [];
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const callback = { path: request.url ?? '', body: await text(request) };
    seen.push(callback);
    response.writeHead(await sendCallback(gatewayUrl, callback)).end();
  };
  const server = createServer((request, response) => {
    forward(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, seen, stop };
}

/** The status that the gateway answers with. */
export async function sendCallback(gatewayUrl: string, { path, body }: Callback): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(gatewayUrl + path, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

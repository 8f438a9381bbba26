/** A relay between the emulator and the gateway. Keeps every callback as received, for replays. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type LoopbackServer, startLoopbackServer } from './loopback-server';

export interface Callback {
  /** Path with the token. */
  readonly path: string;
  readonly body: string;
}

/** Times in ms since the epoch. */
interface SeenCallback extends Callback {
  readonly sentAt: number;
  /** When the gateway had answered; `null` if it has not. */
  readonly answeredAt: number | null;
}

export interface CallbackRelay extends LoopbackServer {
  readonly seen: readonly SeenCallback[];
}

export async function startCallbackRelay(gatewayUrl: string): Promise<CallbackRelay> {
  const seen: SeenCallback[] = [];
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const sentAt = Date.now();
    const callback = { path: request.url ?? '', body: await text(request) };
    const place = seen.push({ ...callback, sentAt, answeredAt: null }) - 1;
    response.writeHead(await sendCallback(gatewayUrl, callback)).end();
    seen[place] = { ...callback, sentAt, answeredAt: Date.now() };
  };
  return { ...(await startLoopbackServer(forward)), seen };
}

/** Sends a callback and returns the status of the gateway's answer. */
export async function sendCallback(gatewayUrl: string, { path, body }: Callback): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(gatewayUrl + path, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

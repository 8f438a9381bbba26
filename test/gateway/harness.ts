/** The gateway's server over real sockets, with a receiver that only notes what it is told. */
import { connect, type Socket } from 'node:net';
import { type CallbackSecrets, signToken } from '../../activities/callback';
import type { CallbackReceiver } from '../../gateway/callbacks/temporal-receiver';
import { buildGatewayServer } from '../../gateway/server';
import type { CallbackClaim, JobCallback } from '../../workflows/domain/item/callback';

export const SECRETS: CallbackSecrets = ['n'.repeat(32), 'o'.repeat(32)];
export const CLAIM: CallbackClaim = { workflowId: 'spring-0', run: 'run-1', key: 'banner-1', submission: 2 };
export const EVENT = { job_id: 'job_1', user_id: 'usr_1', status: 'completed', result_url: 'https://x/secret-url' };

interface TestGateway {
  readonly url: string;
  readonly port: number;
  readonly told: { readonly workflowId: string; readonly callback: JobCallback }[];
  readonly lines: string[];
  counters(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const running = new Set<TestGateway>();

afterEach(async () => {
  await Promise.all([...running].map((gateway) => gateway.close()));
  running.clear();
});

export async function startTestGateway(receiver: Partial<CallbackReceiver> = {}, requestMs?: number) {
  const told: TestGateway['told'] = [];
  const lines: string[] = [];
  const noting: CallbackReceiver = {
    signal: async (workflowId, callback) => {
      told.push({ workflowId, callback });
      return 'delivered';
    },
    ready: async () => true,
    ...receiver,
  };
  const options = { secrets: SECRETS, receiver: noting, log: (line: string) => lines.push(line) };
  const { app, counts } = buildGatewayServer(requestMs === undefined ? options : { ...options, requestMs });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const close = () => app.close();
  const gateway: TestGateway = {
    url,
    port: Number(new URL(url).port),
    told,
    lines,
    counters: () => counts.counters,
    close,
  };
  running.add(gateway);
  return gateway;
}

export function signAddress(gateway: Pick<TestGateway, 'url'>, claim = CLAIM, secrets = SECRETS): string {
  return `${gateway.url}/callbacks/${signToken(claim, secrets)}`;
}

export async function post(address: string, body: unknown = EVENT): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
  await answer.arrayBuffer();
  return answer.status;
}

/** Sends these bytes and nothing more; resolves with the answer when the other side ends the connection. */
export function raw(port: number, bytes: string): { readonly socket: Socket; readonly answer: Promise<string> } {
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('close', () => resolve(text));
    // A reset is one of the ways in which the other side may end it.
    socket.on('error', () => resolve(text));
  });
  socket.write(bytes);
  return { socket, answer };
}

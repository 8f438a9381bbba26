/** A proxy between worker and emulator: records when a job is read as completed, and may remove hints about its end. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type LoopbackServer, startLoopbackServer } from './loopback-server';

/** Fields with hints about a job's end. */
const HINTS = [
  'estimated_time_seconds',
  'progress',
  'queued_at',
  'started_at',
  'completed_at',
  'total_elapsed_seconds',
];

export interface StatusProxy extends LoopbackServer {
  /** When the first answer that reports completion was passed on, in ms since the epoch, by job id. */
  readonly seenCompleted: ReadonlyMap<string, number>;
}

export async function startStatusProxy(targetUrl: string, withHints: boolean): Promise<StatusProxy> {
  const seenCompleted = new Map<string, number>();
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await fetch(targetUrl + request.url, await outgoing(request));
    const body = (await answer.json()) as Record<string, unknown>;
    const jobId = body['status'] === 'completed' ? String(body['job_id']) : null;
    if (!withHints) for (const hint of HINTS) delete body[hint];
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(body), () => {
      if (jobId !== null && !seenCompleted.has(jobId)) seenCompleted.set(jobId, Date.now());
    });
  };
  return { ...(await startLoopbackServer(forward)), seenCompleted };
}

async function outgoing(request: IncomingMessage): Promise<RequestInit> {
  const { method, headers } = request;
  const passed = { 'x-api-key': String(headers['x-api-key']), 'content-type': 'application/json' };
  return method === 'POST' ? { method, headers: passed, body: await text(request) } : { headers: passed };
}

/** The status of a batch as server-sent events, until it ends or the caller disconnects. */

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type BatchStatus, hasEnded } from '../../client/batches/batch-status';
import { needs } from './access/guard-access';
import { toProblem } from './explain';
import { hidePathsIn } from './files/hide-paths';
import { idParams } from './requests';
import { describeStream } from './responses';
import { Semaphore } from './semaphore';
import { type ApiRoutes, withDeadline } from './tools';

const EVENTS_TYPE = 'text/event-stream';
const POLL_INTERVAL_MS = 1_000;
/** Interval of keep-alive comments, in ms. Proxies close connections that are idle for about a minute. */
const KEEP_ALIVE_INTERVAL_MS = 15_000;
/** Largest number of streams. Each queries its batch and the batch's pages once a second. */
const MAX_STREAMS = 100;

export const eventRoutes: ApiRoutes = async (app, { tools }) => {
  const streams = new Semaphore(MAX_STREAMS, 'streams of events');
  app.get(
    '/v1/batches/:id/events',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getEvents',
        summary: 'Stream the status of a batch until it ends',
        params: idParams,
        response: describeStream(
          EVENTS_TYPE,
          'Events "state" with the batch as data after every change, "end" with the last status, "problem" with problem details.',
          z.string(),
        ),
      },
    },
    async ({ params: { id } }, reply) => {
      const gone = new AbortController();
      const signal = AbortSignal.any([gone.signal, tools.stopping]);
      const ask = () => withDeadline(tools, () => tools.client.batch(id).status());
      // A query may wait for a worker; a stopping gateway must not wait for it.
      // Each query gets a signal of its own, because Temporal's client never removes its listeners.
      const look = () => tools.client.temporal.withAbortSignal(AbortSignal.any([signal]), ask);
      // A missing batch gets the same answer as on other routes.
      const first = await look();
      const release = streams.take();
      const toText: EventWriter = (name, data) => toEvent(name, hidePathsIn(data, tools.store.address));
      const events = Readable.from(streamEvents(first, look, toText, signal));
      events.once('close', () => {
        gone.abort();
        release();
      });
      return reply.type(EVENTS_TYPE).headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' }).send(events);
    },
  );
};

/** Temporary problems do not end the stream: the batch continues, and a worker may return. */
async function* streamEvents(
  first: BatchStatus,
  look: () => Promise<BatchStatus>,
  toText: EventWriter,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let said = toText('state', first);
  let [last, saidAt] = [first, Date.now()];
  yield said;
  while (!hasEnded(last) && !signal.aborted) {
    await sleep(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const seen = await look().catch((error: unknown) => ({ problem: toProblem(error) }));
    if (signal.aborted) return;
    if (!('problem' in seen)) last = seen;
    const event = 'problem' in seen ? toText('problem', seen.problem) : toText('state', seen);
    const isNews = event !== said;
    if (!isNews && Date.now() - saidAt < KEEP_ALIVE_INTERVAL_MS) continue;
    yield isNews ? event : ': nothing new\n\n';
    [said, saidAt] = [event, Date.now()];
  }
  if (hasEnded(last)) yield toText('end', last);
}

type EventWriter = (name: string, data: object) => string;

function toEvent(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

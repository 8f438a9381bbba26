/** What a batch is doing, as server-sent events, until it has ended or the caller goes. */
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type BatchStatus, hasEnded } from '../../client/batches/batch-status';
import { problemOf } from './explain';
import { idParams } from './requests';
import { streamed } from './responses';
import { Slots } from './semaphore';
import { type ApiRoutes, inTime } from './tools';

const EVENTS_TYPE = 'text/event-stream';
const LOOK_EVERY_MS = 1_000;
/** Proxies take a connection for dead on which nothing comes for about a minute. */
const ALIVE_EVERY_MS = 15_000;
/** Each asks the coordinator and the pages of its batch once a second. */
const MOST_STREAMS = 100;

export const eventRoutes: ApiRoutes = async (app, { tools }) => {
  const streams = new Slots(MOST_STREAMS, 'streams of events');
  app.get(
    '/v1/batches/:id/events',
    {
      schema: {
        operationId: 'getEvents',
        summary: 'What a batch is doing, whenever it changes, until it has ended',
        params: idParams,
        response: streamed(
          EVENTS_TYPE,
          'Events "state" with a batch as data, whenever it changes; "end" with the last one; "problem" with problem details.',
          z.string(),
        ),
      },
    },
    async ({ params: { id } }, reply) => {
      const gone = new AbortController();
      const signal = AbortSignal.any([gone.signal, tools.stopping]);
      const ask = () => inTime(tools, () => tools.client.batch(id).status());
      // A question may wait for a worker: nobody who stops should have to wait with it.
      const look = () => tools.client.temporal.withAbortSignal(signal, ask);
      // Whoever asks for a batch that is not there is told so as everywhere.
      const first = await look();
      const release = streams.take();
      const events = Readable.from(eventsOf(first, look, signal));
      events.once('close', () => {
        gone.abort();
        release();
      });
      return reply.type(EVENTS_TYPE).headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' }).send(events);
    },
  );
};

/** Trouble does not end it: what a batch does goes on without us, and a worker may come back. */
async function* eventsOf(
  first: BatchStatus,
  look: () => Promise<BatchStatus>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let said = eventOf('state', first);
  let [last, saidAt] = [first, Date.now()];
  yield said;
  while (!hasEnded(last) && !signal.aborted) {
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const seen = await look().catch((error: unknown) => ({ problem: problemOf(error) }));
    if (signal.aborted) return;
    if (!('problem' in seen)) last = seen;
    const event = 'problem' in seen ? eventOf('problem', seen.problem) : eventOf('state', seen);
    const isNews = event !== said;
    if (!isNews && Date.now() - saidAt < ALIVE_EVERY_MS) continue;
    yield isNews ? event : ': nothing new\n\n';
    [said, saidAt] = [event, Date.now()];
  }
  if (hasEnded(last)) yield eventOf('end', last);
}

function eventOf(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

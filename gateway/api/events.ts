/** The status of a batch as server-sent events, until it ends or the caller disconnects. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { hasEnded } from '../../client/batches/batch-status';
import { needs } from './access/guard-access';
import type { BatchWatch, Seen } from './batch-watches';
import { hidePathsIn } from './files/hide-paths';
import { idParams } from './requests';
import { describeStream } from './responses';
import { Semaphore } from './semaphore';
import type { ApiRoutes } from './tools';

const EVENTS_TYPE = 'text/event-stream';
/** Interval of keep-alive comments, in ms. Proxies close connections that are idle for about a minute. */
const KEEP_ALIVE_INTERVAL_MS = 15_000;
/** Largest number of streams. All streams of one batch share its queries. */
const MAX_STREAMS = 1_000;
/** Digits of an event's id. */
const ID_DIGITS = 16;

export const eventRoutes: ApiRoutes = async (app, { tools }) => {
  const { watches } = tools;
  const streams = new Semaphore(MAX_STREAMS, 'streams of events');
  const toText = writeEvents(tools.store.address);
  app.get(
    '/v1/batches/:id/events',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getEvents',
        summary: 'Stream the status of a batch until it ends',
        description: 'With the header `Last-Event-ID`, a state that the caller has received is not repeated.',
        params: idParams,
        response: describeStream(
          EVENTS_TYPE,
          'Events "state" with the batch as data after every change, "end" with the last status, "problem" with problem details.',
          z.string(),
        ),
      },
    },
    async ({ params: { id }, headers }, reply) => {
      const release = streams.take();
      const leaving = new AbortController();
      const watch = joinOr(release, () => watches.join(id));
      const end = () => {
        leaving.abort();
        watches.leave(watch);
        release();
      };
      // A missing batch gets the same answer as on other routes.
      const first = await watch.first.catch((error: unknown) => {
        end();
        throw error;
      });
      const signal = AbortSignal.any([leaving.signal, tools.stopping]);
      const known = String(headers['last-event-id'] ?? '');
      const events = Readable.from(streamEvents(watch, first, toText, known, signal));
      events.once('close', end);
      return reply.type(EVENTS_TYPE).headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' }).send(events);
    },
  );
};

function joinOr(release: () => void, join: () => BatchWatch): BatchWatch {
  try {
    return join();
  } catch (error) {
    release();
    throw error;
  }
}

/** @param known id of the last event that the caller has received; empty: none */
async function* streamEvents(
  watch: BatchWatch,
  first: Seen,
  toText: EventWriter,
  known: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  // A watch that others follow may know more by now.
  let seen = await watch.next(first, 0, signal);
  const begin = toText('state', seen.status);
  yield begin.startsWith(`id: ${known}\n`) ? ': nothing new\n\n' : begin;
  while (!hasEnded(seen.status) && !signal.aborted) {
    const next = await watch.next(seen, KEEP_ALIVE_INTERVAL_MS, signal);
    if (signal.aborted) return;
    if (next === seen) yield ': nothing new\n\n';
    else yield next.problem === null ? toText('state', next.status) : toText('problem', next.problem);
    seen = next;
  }
  if (hasEnded(seen.status)) yield toText('end', seen.status);
}

type EventWriter = (name: string, data: object) => string;

/**
 * The id names the content, so that any gateway can compare it. All streams of a batch have the same object, whose text is made once.
 *
 * @param address of the gateway's store, which is hidden
 */
function writeEvents(address: string): EventWriter {
  const known = new WeakMap<object, string>();
  return (name, data) => {
    const text = known.get(data) ?? JSON.stringify(hidePathsIn(data, address));
    known.set(data, text);
    const id = createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS);
    return `id: ${id}\nevent: ${name}\ndata: ${text}\n\n`;
  };
}

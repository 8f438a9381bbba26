/** How the items of a batch ended, from the store alone: during the run and ever after. */
import { Readable } from 'node:stream';
import type { Outcome } from '../../../workflows/domain/item';
import { type PartResults, readParts } from '../../batch-results';
import { findManifest } from '../../find-manifest';
import { resultSchema } from './answers';
import { idParams, resultsQuery } from './requests';
import { streamed } from './responses';
import type { ApiRoutes } from './tools';

const RESULTS_TYPE = 'application/jsonl';

export const resultRoutes: ApiRoutes = async (app, { tools }) => {
  app.get(
    '/v1/batches/:id/results',
    {
      schema: {
        operationId: 'getResults',
        summary: 'How the items ended that have ended, one JSON object a line, in the order of the rows',
        params: idParams,
        querystring: resultsQuery,
        response: streamed(
          RESULTS_TYPE,
          'One result a line; the connection breaks off if they cannot be read on.',
          resultSchema,
        ),
      },
    },
    async ({ params: { id }, query: { outcome } }, reply) => {
      const manifest = await findManifest(tools.store, id);
      const lines = Readable.from(linesOf(readParts(tools.store.batches, manifest), outcome));
      lines.on('error', ({ name }) => tools.log(`results of a batch broke off: ${name}`));
      return reply.type(RESULTS_TYPE).send(lines);
    },
  );
};

/** A part at a time: a chunk for each line would take many times longer. */
async function* linesOf(parts: AsyncIterable<PartResults>, outcome: Outcome | undefined): AsyncGenerator<string> {
  for await (const { items } of parts) {
    const lines = items.flatMap(({ line }) =>
      line === null || (outcome ?? line.outcome) !== line.outcome ? [] : line,
    );
    if (lines.length > 0) yield lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

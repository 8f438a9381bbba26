/** The results of a batch, from the store, during and after its run. */
import { Readable } from 'node:stream';
import type { Manifest } from '../../activities/store';
import type { PartResults } from '../../client/batches/batch-results';
import { type BatchActivity, readBatchActivity, readSettledParts } from '../../client/batches/settled-results';
import { isLate, isServerGone } from '../../client/temporal/connection';
import type { Outcome } from '../../workflows/domain/item/item';
import { resultSchema } from './answers';
import { findBatch } from './find-batch';
import { idParams, resultsQuery } from './requests';
import { describeStream } from './responses';
import type { ApiRoutes, ApiTools } from './tools';

const RESULTS_TYPE = 'application/jsonl';
/** `running`, `ended` or `not-known`: whether more results may follow. */
const ACTIVITY_HEADER = 'imagepipeline-batch';
const LOOK_MS = 5_000;

export const resultRoutes: ApiRoutes = async (app, { tools }) => {
  app.get(
    '/v1/batches/:id/results',
    {
      schema: {
        operationId: 'getResults',
        summary: 'List the results of a batch so far: one JSON object per line, in the order of the rows',
        params: idParams,
        querystring: resultsQuery,
        response: describeStream(
          RESULTS_TYPE,
          'One result per line. The connection is aborted if reading fails.',
          resultSchema,
        ),
      },
    },
    async ({ params: { id }, query: { outcome } }, reply) => {
      const manifest = await findBatch(tools, id);
      const activity = await lookAt(tools, manifest);
      const parts = readSettledParts(tools.store.batches, manifest, async () => activity);
      const lines = Readable.from(formatLines(parts, outcome));
      lines.on('error', ({ name }) => tools.log(`results of a batch were aborted: ${name}`));
      return reply.type(RESULTS_TYPE).header(ACTIVITY_HEADER, activity).send(lines);
    },
  );
};

/** Whether the batch runs. Results are available without the Temporal server. */
async function lookAt({ client: { temporal }, store }: ApiTools, manifest: Manifest): Promise<BatchActivity> {
  try {
    return await temporal.withDeadline(Date.now() + LOOK_MS, () =>
      readBatchActivity(temporal, store.batches, manifest),
    );
  } catch (error) {
    if (isServerGone(error) || isLate(error)) return 'not-known';
    throw error;
  }
}

/** Yields the lines of one part at a time: one chunk per line would be many times slower. */
async function* formatLines(parts: AsyncIterable<PartResults>, outcome: Outcome | undefined): AsyncGenerator<string> {
  for await (const { items } of parts) {
    const lines = items.flatMap(({ line }) =>
      line === null || (outcome ?? line.outcome) !== line.outcome ? [] : line,
    );
    if (lines.length > 0) yield lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

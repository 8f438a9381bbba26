/** How the items of a batch ended, from the store: during the run and ever after. */
import { Readable } from 'node:stream';
import { isGrpcDeadlineError } from '@temporalio/client';
import type { Manifest } from '../../activities/store';
import type { PartResults } from '../../client/batches/batch-results';
import { type BatchActivity, readBatchActivity, readSettledParts } from '../../client/batches/settled-results';
import { isServerGone } from '../../client/temporal/connection';
import type { Outcome } from '../../workflows/domain/item/item';
import { resultSchema } from './answers';
import { findBatch } from './find-batch';
import { idParams, resultsQuery } from './requests';
import { describeStream } from './responses';
import type { ApiRoutes, ApiTools } from './tools';

const RESULTS_TYPE = 'application/jsonl';
/** `running`, `ended` or `not-known`: what the lines can be relied on for. */
const ACTIVITY_HEADER = 'imagepipeline-batch';
const LOOK_MS = 5_000;

export const resultRoutes: ApiRoutes = async (app, { tools }) => {
  app.get(
    '/v1/batches/:id/results',
    {
      schema: {
        operationId: 'getResults',
        summary: 'How the items ended that have ended, one JSON object a line, in the order of the rows',
        params: idParams,
        querystring: resultsQuery,
        response: describeStream(
          RESULTS_TYPE,
          'One result a line; the connection breaks off if they cannot be read on.',
          resultSchema,
        ),
      },
    },
    async ({ params: { id }, query: { outcome } }, reply) => {
      const manifest = await findBatch(tools, id);
      const activity = await lookAt(tools, manifest);
      const parts = readSettledParts(tools.store.batches, manifest, async () => activity);
      const lines = Readable.from(linesOf(parts, outcome));
      lines.on('error', ({ name }) => tools.log(`results of a batch broke off: ${name}`));
      return reply.type(RESULTS_TYPE).header(ACTIVITY_HEADER, activity).send(lines);
    },
  );
};

/** Results are there without the server. */
async function lookAt({ client: { temporal }, store }: ApiTools, manifest: Manifest): Promise<BatchActivity> {
  try {
    return await temporal.withDeadline(Date.now() + LOOK_MS, () =>
      readBatchActivity(temporal, store.batches, manifest),
    );
  } catch (error) {
    if (isServerGone(error) || isGrpcDeadlineError(error)) return 'not-known';
    throw error;
  }
}

/** A part at a time: a chunk for each line would take many times longer. */
async function* linesOf(parts: AsyncIterable<PartResults>, outcome: Outcome | undefined): AsyncGenerator<string> {
  for await (const { items } of parts) {
    const lines = items.flatMap(({ line }) =>
      line === null || (outcome ?? line.outcome) !== line.outcome ? [] : line,
    );
    if (lines.length > 0) yield lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

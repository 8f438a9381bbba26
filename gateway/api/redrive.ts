/** Runs again what did not succeed in a batch that has ended. */
import { RowSpool } from '../../client/batches/batch-manifest';
import { describeSelection, selectForRedrive } from '../../client/batches/batch-redrive';
import { ensureEnded } from '../../client/batches/refuse-if-running';
import { readSettings, runAgain } from '../../client/batches/run-again';
import { InvalidRequestError } from '../../client/errors';
import { redriveSchema } from './answers';
import { findBatch } from './find-batch';
import { idParams, parseFilter, parseLimits, problemsOfPrices, type RedriveBody, redriveBody } from './requests';
import { describeAccepted } from './responses';
import { type ApiRoutes, type ApiTools, withDeadline } from './tools';
import { validateBySchema } from './validate';

export const redriveRoutes: ApiRoutes = async (app, { tools }) => {
  app.post(
    '/v1/batches/:id/redrive',
    {
      // It may name every key of the batch.
      bodyLimit: tools.settings.maxBatchBytes,
      validatorCompiler: validateBySchema(problemsOfPrices),
      schema: {
        operationId: 'redriveBatch',
        summary: 'Run again what did not succeed in a batch that has ended; results merge into the same batch',
        params: idParams,
        body: redriveBody.nullish(),
        response: describeAccepted('What is run again.', redriveSchema),
      },
    },
    async ({ params: { id }, body }, reply) => {
      const redriven = await tools.batchMutex.run(id, () => redrive(tools, id, body ?? {}));
      return reply.code(202).header('location', `/v1/batches/${id}`).send(redriven);
    },
  );
};

/** Less than a caller waits for an answer. */
const MAX_PAGE_WAIT_MS = 15_000;

async function redrive(tools: ApiTools, id: string, body: RedriveBody) {
  const { client, store } = tools;
  const { batches } = store;
  const manifest = await findBatch(tools, id);
  const bounds = parseLimits(body, body.prices, readSettings(manifest));
  await withDeadline(tools, () =>
    ensureEnded(client.temporal, client.batch(id), manifest, {
      maxWaitMs: MAX_PAGE_WAIT_MS,
      movedServer: body.movedServer === true,
    }),
  );
  const spool = await RowSpool.open();
  try {
    const filter = parseFilter(body);
    const { base, strangers, ...selection } = await selectForRedrive(batches, manifest, filter, spool, bounds.prices);
    const summary = describeSelection(selection, filter);
    if (strangers.length > 0) throw new InvalidRequestError(strangers.map(stranger));
    const warnings: string[] = [];
    const check = {
      skipStoreCheck: body.skipStoreCheck === true,
      onWarning: (warning: string) => void warnings.push(warning),
    };
    if (selection.selected > 0) await runAgain(client, { spool, store, manifest, base, summary, bounds, ...check });
    return { id, ...selection, warnings };
  } finally {
    await spool.close();
  }
}

function stranger(key: string) {
  return { field: 'keys', problem: `${JSON.stringify(key)} is not in the batch; give keys of its rows` };
}

/** Runs again what did not succeed in a batch that has ended. */
import { redriveBatch } from '../../client/batches/redrive-batch';
import { redriveSchema } from './answers';
import { findBatch } from './find-batch';
import { byRequestNames, idParams, problemsOfPrices, type RedriveBody, redriveBody, redriveTermsOf } from './requests';
import { describeAccepted } from './responses';
import { type ApiRoutes, type ApiTools, batchContext, withDeadline } from './tools';
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
  await findBatch(tools, id);
  const warnings: string[] = [];
  const terms = {
    ...redriveTermsOf(body),
    maxWaitMs: MAX_PAGE_WAIT_MS,
    within: <T>(work: () => Promise<T>) => withDeadline(tools, work),
    onWarning: (warning: string) => void warnings.push(warning),
  };
  try {
    const redriven = await redriveBatch(batchContext(tools), tools.client.batch(id), terms, null);
    if (redriven === null) throw new Error('a redrive was given up that nothing could stop');
    return { ...redriven, warnings };
  } catch (error) {
    throw byRequestNames(error);
  }
}

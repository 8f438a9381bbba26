/** Reruns the items of an ended batch that did not succeed. */
import { redriveWithRows } from '../../client/batches/redrive-batch';
import type { ApiToken } from './access/api-token';
import { needs, tokenOf } from './access/guard-access';
import { redriveSchema } from './answers';
import { toRowOptions } from './batch-json';
import {
  byRequestNames,
  findPriceProblems,
  idParams,
  parseRedriveTerms,
  type RedriveBody,
  redriveBody,
} from './requests';
import { describeAccepted } from './responses';
import { type ApiRoutes, type ApiTools, batchContext, endedTerms } from './tools';
import { validateBySchema } from './validate';

export const redriveRoutes: ApiRoutes = async (app, { tools }) => {
  app.post(
    '/v1/batches/:id/redrive',
    {
      // The body may name every key of the batch.
      bodyLimit: tools.settings.maxBatchBytes,
      validatorCompiler: validateBySchema(findPriceProblems),
      ...needs('start', 'batches'),
      schema: {
        operationId: 'redriveBatch',
        summary: 'Rerun the items of an ended batch that did not succeed; results merge into the same batch',
        params: idParams,
        body: redriveBody.nullish(),
        response: describeAccepted('The items that are rerun.', redriveSchema),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const redriven = await redrive(tools, tokenOf(request), id, request.body ?? {});
      return reply.code(202).header('location', `/v1/batches/${id}`).send(redriven);
    },
  );
};

async function redrive(tools: ApiTools, token: ApiToken, id: string, body: RedriveBody) {
  const warnings: string[] = [];
  const terms = { ...parseRedriveTerms(body), ...endedTerms(tools, warnings) };
  try {
    const options = { ...terms, ...toRowOptions(body) };
    const redriven = await redriveWithRows(batchContext(tools, token), tools.client.batch(id), options);
    if (redriven === null) throw new Error('a redrive without an abort signal was aborted');
    return { ...redriven, warnings };
  } catch (error) {
    throw byRequestNames(error);
  }
}

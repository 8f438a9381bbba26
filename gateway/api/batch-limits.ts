/** What a live batch may use from now on. */

import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { batchSchema } from './answers';
import { batchBudgetBody, concurrencyBody, idParams, maxFailuresBody } from './requests';
import { answers } from './responses';
import { type ApiRoutes, controlBatch } from './tools';

const LED_TO = answers('The state that it led to.', batchSchema);

export const batchLimitRoutes: ApiRoutes = async (app, { tools }) => {
  app.post(
    '/v1/batches/:id/concurrency',
    {
      schema: {
        operationId: 'setBatchConcurrency',
        summary: 'Change how many jobs may be in flight',
        params: idParams,
        body: concurrencyBody,
        response: LED_TO,
      },
    },
    ({ params: { id }, body: { concurrency } }) => controlBatch(tools, id, (batch) => batch.set({ concurrency })),
  );
  app.post(
    '/v1/batches/:id/max-failures',
    {
      schema: {
        operationId: 'setBatchMaxFailures',
        summary: 'Change how many failed or unknown items are tolerated',
        params: idParams,
        body: maxFailuresBody,
        response: LED_TO,
      },
    },
    ({ params: { id }, body: { maxFailures } }) => controlBatch(tools, id, (batch) => batch.set({ maxFailures })),
  );
  app.post(
    '/v1/batches/:id/budget',
    {
      schema: {
        operationId: 'setBatchBudget',
        summary: 'Change what this run of the batch may spend in all; a batch that its budget paused resumes',
        params: idParams,
        body: batchBudgetBody,
        response: LED_TO,
      },
    },
    ({ params: { id }, body }) => controlBatch(tools, id, (batch) => batch.set({ budget: withoutMissing(body) })),
  );
};

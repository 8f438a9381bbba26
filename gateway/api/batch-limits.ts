/** Older routes that change one limit of a running batch. */

import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { batchSchema } from './answers';
import { batchBudgetBody, concurrencyBody, idParams, maxFailuresBody } from './requests';
import { answers } from './responses';
import { type ApiRoutes, controlBatch } from './tools';

const LED_TO = answers('The resulting state.', batchSchema);

export const batchLimitRoutes: ApiRoutes = async (app, { tools }) => {
  app.post(
    '/v1/batches/:id/concurrency',
    {
      schema: {
        operationId: 'setBatchConcurrency',
        summary: 'Change the maximum of jobs in flight',
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
        summary: 'Change the number of failed and unknown items to tolerate',
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
        summary: 'Change the total budget of this run; a batch that its budget paused resumes if the new one suffices',
        params: idParams,
        body: batchBudgetBody,
        response: LED_TO,
      },
    },
    ({ params: { id }, body }) => controlBatch(tools, id, (batch) => batch.set({ budget: withoutMissing(body) })),
  );
};

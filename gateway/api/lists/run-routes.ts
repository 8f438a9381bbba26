/** The runs of a batch: its start, its redrives, and the rows that were added. */
import { z } from 'zod';
import { readRunsOfBatch } from '../../../activities/store';
import { findBatch } from '../../../client/batches/find-manifest';
import { needs } from '../access/guard-access';
import { batchRunsSchema } from '../answers-of-runs';
import { flag, idParams } from '../requests';
import { answers } from '../responses';
import { Semaphore } from '../semaphore';
import { type ApiRoutes, toFinder } from '../tools';

/** Maximum batches whose outcomes are counted at a time. */
const MAX_COUNTS = 2;

export const runRoutes: ApiRoutes = async (app, { tools }) => {
  const counts = new Semaphore(MAX_COUNTS, 'counts of outcomes');
  const { batches } = tools.store;
  app.get(
    '/v1/batches/:id/runs',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'listBatchRuns',
        summary: 'List the runs of a batch: its start, its redrives, and the rows that were added',
        description: 'From the store, also after Temporal has forgotten them, and after the batch was deleted.',
        params: idParams,
        querystring: z.strictObject({
          outcomes: flag.optional().describe('also how the items of each run ended; reads every outcome of the batch'),
        }),
        response: answers('The runs.', batchRunsSchema),
      },
    },
    async ({ params: { id }, query: { outcomes = false } }) => {
      const manifest = (await batches.readAnyManifest(id)) ?? (await findBatch(toFinder(tools), id));
      const { deletion } = manifest;
      const read = () => readRunsOfBatch(batches, manifest, { countsOutcomes: outcomes });
      const runs = (await (outcomes ? counts.run(read) : read())).map(({ firstPart: _part, ...run }, index) => ({
        number: index + 1,
        ...run,
      }));
      return { id, deletedAt: deletion?.step === 'deleted' ? deletion.at : null, runs };
    },
  );
};

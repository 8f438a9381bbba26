/** All files of a batch as one ZIP, which is made while it is sent. */
import { z } from 'zod';
import { type KeptFile, keptFileAt } from '../../../activities/store';
import { findBatch } from '../../../client/batches/find-manifest';
import { readActivityIfKnown } from '../../../client/batches/settled-results';
import { findErrorName } from '../../../workflows/domain/base/errors';
import { batchItemsFolder } from '../../../workflows/domain/batch/batch-ids';
import { findFile } from '../../../workflows/domain/item/made-files';
import type { ResultLine } from '../../../workflows/domain/item/result-row';
import { needs } from '../access/guard-access';
import { idParams } from '../requests';
import { describeStream } from '../responses';
import { ACTIVITY_HEADER } from '../results';
import { Semaphore } from '../semaphore';
import { type ApiRoutes, toFinder } from '../tools';
import { roleSchema } from './file-routes';
import { refuseUnknownName } from './known-names';
import { findStart, resultFilters, selectResults } from './select-results';
import { closeStalled, FILE_HEADERS } from './send-file';
import { streamZip } from './zip';

const ZIP_TYPE = 'application/zip';
/** Maximum concurrent ZIPs. Each reads the results of its batch. */
const MAX_ZIPS = 16;

const zipQuery = z.strictObject({
  ...resultFilters,
  role: roleSchema.optional().describe('only the file with this role of each item; default all results'),
});

export const zipRoutes: ApiRoutes = async (app, { tools }) => {
  const { client, store, log, rows } = tools;
  const zips = new Semaphore(MAX_ZIPS, 'ZIP files');
  app.get(
    '/v1/batches/:id/files.zip',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getFilesZip',
        summary: 'Get the files of a batch so far as a ZIP, in the order of the rows',
        description: 'A download that was cut off is continued with after=KEY, of the last item whose files arrived.',
        params: idParams,
        querystring: zipQuery,
        response: describeStream(ZIP_TYPE, 'A ZIP without compression.', z.string().meta({ format: 'binary' })),
      },
    },
    async ({ params: { id }, query: { role, after, ...filters } }, reply) => {
      const manifest = await findBatch(toFinder(tools), id);
      const start = await findStart(rows, manifest, after);
      await refuseUnknownName(store.batches, manifest, 'step', filters.step);
      await refuseUnknownName(store.batches, manifest, 'role', role);
      const activity = await readActivityIfKnown(client.temporal, store.batches, manifest);
      const release = zips.take();
      const results = selectResults(store.batches, manifest, async () => activity, filters, start);
      const zip = streamZip(store, listKept(results, batchItemsFolder(id), role), {
        modified: new Date(manifest.createdAt),
        onError: (error) => log(`a ZIP of a batch was aborted: ${findErrorName(error)}`),
      });
      zip.once('close', release);
      closeStalled(reply);
      reply.headers({ ...FILE_HEADERS, 'content-disposition': `attachment; filename="${id}.zip"` });
      return reply.type(ZIP_TYPE).header(ACTIVITY_HEADER, activity).send(zip);
    },
  );
};

async function* listKept(
  results: AsyncIterable<readonly ResultLine[]>,
  folder: string,
  role: string | undefined,
): AsyncGenerator<KeptFile> {
  for await (const lines of results) {
    for (const line of lines) {
      const files = role === undefined ? line.files : [findFile(line, role)];
      for (const file of files) if (file !== null) yield keptFileAt({ folder, key: line.key }, file.file);
    }
  }
}

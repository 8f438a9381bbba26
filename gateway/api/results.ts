/** The results of a batch, from the store, during and after its run. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { readCarriedNames } from '../../activities/store';
import { findBatch } from '../../client/batches/find-manifest';
import { readActivityIfKnown } from '../../client/batches/settled-results';
import { type LineFormat, resultCsv } from '../../workflows/domain/item/result-csv';
import type { ResultLine } from '../../workflows/domain/item/result-row';
import { needs } from './access/guard-access';
import { resultSchema } from './answers';
import { toRowPath, withLinks } from './files/file-links';
import { hidePathsIn } from './files/hide-paths';
import { refuseUnknownName } from './files/known-names';
import { findStart, resultFilters, selectResults } from './files/select-results';
import { idParams } from './requests';
import { describeStream } from './responses';
import { type ApiRoutes, toFinder } from './tools';

const MAX_LIMIT = 1_000_000;
const JSONL_TYPE = 'application/jsonl';
const CSV_TYPE = 'text/csv';
/** `running`, `ended` or `not-known`: whether more results may follow. */
export const ACTIVITY_HEADER = 'imagepipeline-batch';

const limitSchema = z.coerce.number().int().min(1).max(MAX_LIMIT).optional().describe('at most so many; default all');
const formatSchema = z
  .enum(['jsonl', 'csv'])
  .default('jsonl')
  .describe('csv: for spreadsheets, with a heading, and columns for carried values');

const JSONL: LineFormat = { heading: '', line: (line) => JSON.stringify(line) };

export const resultRoutes: ApiRoutes = async (app, { tools }) => {
  const { client, store, log, rows } = tools;
  app.get(
    '/v1/batches/:id/results',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getResults',
        summary: 'List the results of a batch so far: one line for each, in the order of the rows',
        params: idParams,
        querystring: z.strictObject({ ...resultFilters, limit: limitSchema, format: formatSchema }),
        response: describeStream(
          JSONL_TYPE,
          'One result per line. The connection is aborted if reading fails.',
          resultSchema,
          CSV_TYPE,
        ),
      },
    },
    async ({ params: { id }, query: { limit, format, after, ...filters } }, reply) => {
      const manifest = await findBatch(toFinder(tools), id);
      const start = await findStart(rows, manifest, after);
      await refuseUnknownName(store.batches, manifest, 'step', filters.step);
      const activity = await readActivityIfKnown(client.temporal, store.batches, manifest);
      const selected = selectResults(store.batches, manifest, async () => activity, filters, start);
      const chunks = limit === undefined ? selected : takeFirst(selected, limit);
      const toAnswer = (line: ResultLine) => hidePathsIn(withLinks(line, toRowPath(id, line.key)), store.address);
      const isCsv = format === 'csv';
      const { heading, line } = isCsv ? resultCsv(await readCarriedNames(store.batches, manifest)) : JSONL;
      const lines = Readable.from(toText(heading, chunks, (found) => line(toAnswer(found))));
      lines.on('error', ({ name }) => log(`results of a batch were aborted: ${name}`));
      return reply
        .type(isCsv ? CSV_TYPE : JSONL_TYPE)
        .header(ACTIVITY_HEADER, activity)
        .send(lines);
    },
  );
};

async function* takeFirst<T>(chunks: AsyncIterable<readonly T[]>, limit: number): AsyncGenerator<readonly T[]> {
  let left = limit;
  for await (const chunk of chunks) {
    yield chunk.slice(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** Yields one text for each chunk: one for each line would be many times slower. */
async function* toText(
  heading: string,
  chunks: AsyncIterable<readonly ResultLine[]>,
  format: LineFormat['line'],
): AsyncGenerator<string> {
  if (heading !== '') yield heading;
  for await (const lines of chunks) yield lines.map((line) => `${format(line)}\n`).join('');
}

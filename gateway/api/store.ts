/** Routes that show what the store holds, and delete from it. */
import { z } from 'zod';
import { type Deleted, deleteBatch, deleteItem, readOwnUsage, readUsage } from '../../activities/store';
import { toCleanedStore } from '../../client/store/known-work';
import { needs, tokenOf } from './access/guard-access';
import { deletedSchema, usageSchema } from './answers-of-store';
import { leaveToHandler } from './content-type';
import { flag, idParams, MOVED_SERVER } from './requests';
import { answers } from './responses';
import { Semaphore } from './semaphore';
import { type ApiRoutes, toFinder, withDeadline } from './tools';

/** Maximum concurrent deletions, and counts of the whole store. */
const MAX_DELETIONS = 4;
const MAX_COUNTS = 2;

const LEFT =
  'The record of the id stays: nothing is submitted under it again. An interrupted deletion is completed by the same request. ' +
  "Temporal's histories are left to the retention of the namespace.";

const deleteBatchQuery = z.strictObject({ movedServer: flag.optional().describe(MOVED_SERVER) });

export const storeRoutes: ApiRoutes = async (app, { tools }) => {
  const deletions = new Semaphore(MAX_DELETIONS, 'deletions');
  const counts = new Semaphore(MAX_COUNTS, 'counts of the store');
  const store = toCleanedStore(toFinder(tools));
  // Many clients send a Content-Type without a body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', leaveToHandler);
  app.delete(
    '/v1/batches/:id',
    {
      ...needs('operate', 'batches'),
      schema: {
        operationId: 'deleteBatch',
        summary: 'Delete the rows, outcomes and results of an ended batch from the store',
        description: LEFT,
        params: idParams,
        querystring: deleteBatchQuery,
        response: answers('What was deleted.', deletedSchema),
      },
    },
    ({ params: { id }, query: { movedServer = false } }) =>
      deletions.run(async () => toAnswer(await withDeadline(tools, () => deleteBatch(store, id, { movedServer })))),
  );
  for (const [path, name] of ITEM_PATHS) {
    app.delete(
      `${path}/:id`,
      {
        ...needs('operate', 'items'),
        schema: {
          operationId: `delete${name}`,
          summary: 'Delete the files of an ended single item from the store',
          description: LEFT,
          params: idParams,
          response: answers('What was deleted.', deletedSchema),
        },
      },
      ({ params: { id } }) =>
        deletions.run(async () => toAnswer(await withDeadline(tools, () => deleteItem(store, id)))),
    );
  }
  app.get(
    '/v1/usage',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getUsage',
        summary: 'Get the number and the size of files in the store: of each batch, of single items, and of the rest',
        description:
          'Reads the name of every file. A token that is limited to a prefix gets its batches and items, and the sum of both.',
        response: answers('What the store holds.', usageSchema),
      },
    },
    (request) => {
      const { prefix } = tokenOf(request);
      return counts.run(async () => {
        if (prefix !== '') return readOwnUsage(store, prefix);
        const { store: _address, ...usage } = await readUsage(store);
        return usage;
      });
    },
  );
};

const ITEM_PATHS = [
  ['/v1/items', 'Item'],
  ['/v1/images', 'Image'],
] as const;

function toAnswer({ id, files, bytes, alreadyDeleted }: Deleted) {
  return { id, files, bytes, alreadyDeleted };
}

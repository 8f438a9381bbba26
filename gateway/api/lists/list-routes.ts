/** Lists of batches and items, page by page. */

import type { WorkflowExecutionInfo } from '@temporalio/client';
import { z } from 'zod';
import { BATCH_STATES, type BatchStateName, toListedBatch } from '../../../client/batches/list-batches';
import { toListedItem } from '../../../client/items/list-items';
import { BATCH_TYPE, ITEM_TYPE } from '../../../connection/workflow-kinds';
import { OPERATION_MEMO } from '../../../workflows/messages';
import { needs, tokenOf } from '../access/guard-access';
import { narrowPrefix } from '../access/own-ids';
import { batchListSchema, itemListSchema, LISTED_ITEM_STATES } from '../answers';
import { flag, operationSchema, prefixSchema } from '../requests';
import { answers } from '../responses';
import { type ApiRoutes, withDeadline } from '../tools';
import { listPage } from './list-runs';
import { RecentStatuses } from './recent-status';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

const instant = z.iso
  .datetime({ offset: true, error: 'must be a time like 2026-05-01T00:00:00Z' })
  .transform((text) => new Date(text).toISOString())
  .meta({ type: 'string', format: 'date-time' });

const pageFields = {
  prefix: prefixSchema.optional().describe('only ids that begin with this'),
  startedAfter: instant.optional().describe('only those whose newest run started after this time'),
  startedBefore: instant.optional().describe('only those whose newest run started before this time'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .optional()
    .describe(`entries of a page; default ${DEFAULT_LIMIT}`),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,2000}$/, 'must be the nextCursor of an earlier page')
    .optional()
    .describe('nextCursor of the page before, with the same other parameters; default the first page'),
};

const batchListQuery = z.strictObject({
  status: flag.optional().describe('also the status of each batch, at most two seconds old'),
  state: z
    .enum(BATCH_STATES as [BatchStateName, ...BatchStateName[]])
    .optional()
    .describe('only batches in this state'),
  ...pageFields,
});

const itemListQuery = z.strictObject({
  state: z.enum(LISTED_ITEM_STATES).optional().describe('only items in this state'),
  operation: operationSchema.optional().describe('only items of this operation'),
  ...pageFields,
});

const PAGES =
  'Those that run come first, then those that ended last. A page may have fewer entries than the limit, also none: there are more until nextCursor is null.';

export const listRoutes: ApiRoutes = async (app, { tools }) => {
  const { temporal } = tools.client;
  const statuses = new RecentStatuses((id) => withDeadline(tools, () => tools.client.batch(id).status()));
  app.get(
    '/v1/batches',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'listBatches',
        summary: 'List the batches that Temporal knows',
        description: PAGES,
        querystring: batchListQuery,
        response: answers('One page.', batchListSchema),
      },
    },
    async (request) => {
      const { state, status: hasStatus = false, limit = DEFAULT_LIMIT, ...terms } = request.query;
      const prefix = narrowPrefix(tokenOf(request), terms.prefix ?? '');
      if (prefix === null) return { batches: [], nextCursor: null };
      const isOpen = state === undefined ? undefined : state === 'running' || state === 'paused';
      const { entries, nextCursor } = await withDeadline(tools, () =>
        listPage(temporal, { type: BATCH_TYPE, isOpen, limit, ...terms, prefix }, (run) => {
          const batch = toListedBatch(run);
          return state === undefined || batch.state === state ? batch : null;
        }),
      );
      if (!hasStatus) return { batches: entries, nextCursor };
      const batches = entries.map(async (entry) => ({ ...entry, status: await statuses.find(entry) }));
      return { batches: await Promise.all(batches), nextCursor };
    },
  );
  app.get(
    '/v1/items',
    {
      ...needs('read', 'items'),
      schema: {
        operationId: 'listItems',
        summary: 'List the single items that Temporal knows; items of batches are not among them',
        description: PAGES,
        querystring: itemListQuery,
        response: answers('One page.', itemListSchema),
      },
    },
    async (request) => {
      const { state, operation, limit = DEFAULT_LIMIT, ...terms } = request.query;
      const prefix = narrowPrefix(tokenOf(request), terms.prefix ?? '');
      if (prefix === null) return { items: [], nextCursor: null };
      const isOpen = state === undefined ? undefined : state === 'running';
      const { entries, nextCursor } = await withDeadline(tools, () =>
        listPage(temporal, { type: ITEM_TYPE, isOpen, limit, ...terms, prefix }, (run) => {
          const item = toItemEntry(run);
          if (item === null || (state !== undefined && item.state !== state)) return null;
          return operation === undefined || item.operation === operation ? item : null;
        }),
      );
      return { items: entries, nextCursor };
    },
  );
};

function toItemEntry(run: WorkflowExecutionInfo) {
  const item = toListedItem(run);
  if (item === null) return null;
  const operation = run.memo?.[OPERATION_MEMO];
  const state = LISTED_ITEM_STATES.find((name) => name === item.state) ?? 'running';
  return { ...item, state, operation: typeof operation === 'string' ? operation : null };
}

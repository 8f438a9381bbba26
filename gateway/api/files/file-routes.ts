/** Routes that return single results, and the bytes of their files. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { toRowSidecar } from '../../../client/batches/batch-files';
import { findBatch } from '../../../client/batches/find-manifest';
import { readBatchActivity } from '../../../client/batches/settled-results';
import { findItemFiles } from '../../../client/items/find-item-files';
import { batchItemsFolder } from '../../../workflows/domain/batch/batch-ids';
import { SINGLE_ITEMS_FOLDER, type StoredFile } from '../../../workflows/domain/item/item';
import { findFile, listFiles, type MadeFiles } from '../../../workflows/domain/item/made-files';
import type { ResultLine } from '../../../workflows/domain/item/result-row';
import { needs } from '../access/guard-access';
import { fileListSchema } from '../answer-parts';
import { resultSchema } from '../answers';
import { sidecarSchema } from '../answers-of-store';
import { ApiProblem } from '../problem';
import { idParams, idSchema } from '../requests';
import { answers, describeFile, describeThumbnail } from '../responses';
import { type ApiRoutes, type ApiTools, toFinder, withDeadline } from '../tools';
import { matchesTag } from './byte-range';
import { linkFiles, toFilePath, toItemPath, toRowPath, withLinks } from './file-links';
import { FILE_HEADERS, FileSender, type ServedFile, toServedFile } from './send-file';
import { Thumbnails } from './thumbnails';

export const roleSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be a role that the item has, for example result')
  .describe('of a file, for example result or cutout; of an earlier step: STEP.ROLE');
const THUMBNAIL_TYPE = 'image/webp';
const rowParams = idParams.extend({ key: idSchema });

export const fileRoutes: ApiRoutes = async (app, { tools }) => {
  const sender = new FileSender(tools.store);
  const sendRowFile = async (
    request: FastifyRequest<{ Params: { id: string; key: string; role: string } }>,
    reply: FastifyReply,
  ) => {
    const { id, key, role } = request.params;
    const file = pickFile(await findRow(tools, id, key), role);
    return sender.send(request, reply, toServedFile(batchItemsFolder(id), key, file));
  };
  const sendItemFile = async (
    request: FastifyRequest<{ Params: { id: string; role: string } }>,
    reply: FastifyReply,
  ) => {
    const { id, role } = request.params;
    const file = pickFile(await findMade(tools, id), role);
    return sender.send(request, reply, toServedFile(SINGLE_ITEMS_FOLDER, id, file));
  };
  app.get(
    '/v1/batches/:id/items/:key',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getResult',
        summary: 'Get the result of one item of a batch, once it has ended',
        params: rowParams,
        response: answers('The result, as in the list of results.', resultSchema),
      },
    },
    async ({ params: { id, key } }) => withLinks(await findRow(tools, id, key), toRowPath(id, key)),
  );
  app.get(
    '/v1/batches/:id/items/:key/files',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'listResultFiles',
        summary: 'List the files of one item of a batch, those of its steps included',
        params: rowParams,
        response: answers('The files, the main one first.', fileListSchema),
      },
    },
    async ({ params: { id, key } }) => {
      return toFileList(listFiles(await findRow(tools, id, key)), toRowPath(id, key));
    },
  );
  app.get(
    '/v1/batches/:id/items/:key/files/:role',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getResultFile',
        summary: 'Get the bytes of a file of one item of a batch',
        params: rowParams.extend({ role: roleSchema }),
        response: describeFile(),
      },
    },
    sendRowFile,
  );
  app.get(
    '/v1/batches/:id/items/:key/files/:role/sidecar',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getResultSidecar',
        summary: 'Get the request, values, job ids and charge of a file of one item of a batch',
        params: rowParams.extend({ role: roleSchema }),
        response: answers('What `--sidecar` writes beside the file.', sidecarSchema),
      },
    },
    async ({ params: { id, key, role } }) => {
      const { manifest, row, line } = await findEnded(tools, id, key);
      return toRowSidecar(manifest, { row, line }, pickFile(line, role));
    },
  );
  app.get(
    '/v1/items/:id/files',
    {
      ...needs('read', 'items'),
      schema: {
        operationId: 'listItemFiles',
        summary: 'List the files of an item',
        params: idParams,
        response: answers('The files, the main one first; none while it runs.', fileListSchema),
      },
    },
    async ({ params: { id } }) => toFileList(listFiles(await findMade(tools, id)), toItemPath(id)),
  );
  app.get(
    '/v1/items/:id/files/:role',
    {
      ...needs('read', 'items'),
      schema: {
        operationId: 'getItemFile',
        summary: 'Get the bytes of a file of an item',
        params: idParams.extend({ role: roleSchema }),
        response: describeFile(),
      },
    },
    sendItemFile,
  );
  const thumbnails = new Thumbnails(tools);
  const sendThumbnail = async (request: FastifyRequest, reply: FastifyReply, file: ServedFile) => {
    const tag = `"thumbnail-${file.sha256}"`;
    reply.headers({ ...FILE_HEADERS, etag: tag });
    if (matchesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
    return reply.type(THUMBNAIL_TYPE).send(await thumbnails.find(file));
  };
  app.get(
    '/v1/batches/:id/items/:key/files/:role/thumbnail',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getResultThumbnail',
        summary: 'Get a small picture of a file of one item of a batch',
        description:
          'WebP of at most 384 × 384 pixels, made once and kept in the store. NOT_FOUND if it is no picture.',
        params: rowParams.extend({ role: roleSchema }),
        response: describeThumbnail(),
      },
    },
    async (request, reply) => {
      const { id, key, role } = request.params;
      const file = pickFile(await findRow(tools, id, key), role);
      return sendThumbnail(request, reply, toServedFile(batchItemsFolder(id), key, file));
    },
  );
  app.get(
    '/v1/items/:id/files/:role/thumbnail',
    {
      ...needs('read', 'items'),
      schema: {
        operationId: 'getItemThumbnail',
        summary: 'Get a small picture of a file of an item',
        description: 'As of an item of a batch.',
        params: idParams.extend({ role: roleSchema }),
        response: describeThumbnail(),
      },
    },
    async (request, reply) => {
      const { id, role } = request.params;
      const file = pickFile(await findMade(tools, id), role);
      return sendThumbnail(request, reply, toServedFile(SINGLE_ITEMS_FOLDER, id, file));
    },
  );
  const hidden = { schema: { hide: true } };
  app.head<{ Params: { id: string; key: string; role: string } }>(
    '/v1/batches/:id/items/:key/files/:role',
    { ...needs('read', 'batches'), ...hidden },
    sendRowFile,
  );
  app.head<{ Params: { id: string; role: string } }>(
    '/v1/items/:id/files/:role',
    { ...needs('read', 'items'), ...hidden },
    sendItemFile,
  );
};

function findMade(tools: ApiTools, id: string): Promise<MadeFiles> {
  return findItemFiles(toFinder(tools), id, (work) => withDeadline(tools, work));
}

/** @throws ApiProblem if the batch has no such item, or it has not ended */
async function findRow(tools: ApiTools, id: string, key: string): Promise<ResultLine> {
  return (await findEnded(tools, id, key)).line;
}

async function findEnded(tools: ApiTools, id: string, key: string) {
  const { client, store, rows } = tools;
  const manifest = await findBatch(toFinder(tools), id);
  const found = await rows.find(manifest, key, () =>
    withDeadline(tools, () => readBatchActivity(client.temporal, store.batches, manifest)),
  );
  if (found === null) throw new ApiProblem('NOT_FOUND', 'the batch has no item with this key');
  if (found.line !== null) return { manifest, row: found.row, line: found.line };
  const remedy = 'Get it again when it has ended; the events of the batch report its progress.';
  throw new ApiProblem('NOT_FOUND', 'the item has not ended', { remedy });
}

function pickFile(made: MadeFiles, role: string): StoredFile {
  const file = findFile(made, role);
  if (file !== null) return file;
  const roles = listFiles(made).map((one) => one.role);
  const others = roles.length === 0 ? 'it has no files' : `it has ${roles.join(', ')}`;
  throw new ApiProblem('NOT_FOUND', `the item has no file with this role; ${others}`);
}

function toFileList(files: readonly StoredFile[], item: string) {
  return { files: linkFiles(files, (role) => toFilePath(item, role)) };
}

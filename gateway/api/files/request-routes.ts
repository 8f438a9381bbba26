/** Routes that return the requests of items of batches, and the files that these name as inputs. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findBatch } from '../../../client/batches/find-manifest';
import { INPUT_TYPES } from '../../../workflows/domain/operations/stored-input';
import { needs, tokenOf } from '../access/guard-access';
import { resultRequestSchema } from '../answers-of-runs';
import { ApiProblem } from '../problem';
import { idParams, idSchema } from '../requests';
import { answers, describeWholeFile } from '../responses';
import { Semaphore } from '../semaphore';
import { type ApiRoutes, toFinder } from '../tools';
import { matchesTag } from './byte-range';
import { describeRequest, findInput } from './describe-request';
import { closeStalled, FILE_HEADERS } from './send-file';

/** Maximum inputs that are read at a time; each is read whole, at most 20 MB. */
const MAX_READS = 8;

const rowParams = idParams.extend({ key: idSchema });
const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of an input of the item, as 64 hexadecimal digits')
  .describe('SHA-256 of the input, as its path in the request has it');

export const requestRoutes: ApiRoutes = async (app, { tools }) => {
  const reads = new Semaphore(MAX_READS, 'reads of inputs');
  const { store } = tools;
  const sendInput = async (
    request: FastifyRequest<{ Params: { id: string; key: string; sha256: string } }>,
    reply: FastifyReply,
  ) => {
    const { id, key, sha256 } = request.params;
    const input = await findInput(tools, await findBatch(toFinder(tools), id), key, sha256);
    if (input === null) throw new ApiProblem('NOT_FOUND', 'the item has no stored input with this SHA-256');
    const tag = `"${sha256}"`;
    reply.headers({ ...FILE_HEADERS, etag: tag });
    if (matchesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
    if (!(await store.inputs.has(input))) {
      const remedy = 'It was removed, or the workers use another store: check IMAGEPIPELINE_STORE of the gateway.';
      throw new ApiProblem('NOT_FOUND', "the file is not in the gateway's store", { remedy });
    }
    // Its bytes are those that the request names: the store compares them with the SHA-256.
    const bytes = await reads.run(() => store.inputs.read(input));
    closeStalled(reply);
    reply.header('content-disposition', `attachment; filename="${sha256}.${input.extension}"`);
    return reply.type(INPUT_TYPES[input.extension]).send(bytes);
  };
  app.get(
    '/v1/batches/:id/items/:key/request',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getResultRequest',
        summary: 'Get the request of one item of a batch, and how it ended in each run of the batch',
        description: 'Also while the batch runs. With it you can run the item again with changes of some fields.',
        params: rowParams,
        response: answers('The request.', resultRequestSchema),
      },
    },
    async (request) => {
      const { id, key } = request.params;
      const manifest = await findBatch(toFinder(tools), id);
      // Others may have stored the same content first, under a name of theirs.
      const showsNames = tokenOf(request).prefix === '';
      const described = await describeRequest(tools, manifest, key, showsNames);
      if (described === null) throw new ApiProblem('NOT_FOUND', 'the batch has no item with this key');
      return described;
    },
  );
  app.get(
    '/v1/batches/:id/items/:key/inputs/:sha256',
    {
      ...needs('read', 'batches'),
      schema: {
        operationId: 'getResultInput',
        summary: 'Get the bytes of a stored file that one item of a batch has, or had, as an input',
        params: rowParams.extend({ sha256: sha256Schema }),
        response: describeWholeFile(),
      },
    },
    sendInput,
  );
};

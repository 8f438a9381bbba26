/**
 * Routes of Fastify that make images.
 *
 *   const client = await ImagePipelineClient.connect({ env: process.env });
 *   const app = fastify();
 *   await app.register(imageRoutes, { client });
 *   await app.listen({ port: 3000 });
 */
import type { FastifyInstance } from 'fastify';
import {
  FileMissingError,
  type ImagePipelineClient,
  InvalidRequestError,
  ItemNotFoundError,
  type RequestOf,
} from 'imagepipeline-temporal';

interface Options {
  readonly client: ImagePipelineClient;
}

export async function imageRoutes(app: FastifyInstance, { client }: Options): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof InvalidRequestError) return reply.code(422).send({ problems: error.problems });
    if (error instanceof ItemNotFoundError) return reply.code(404).send({ error: error.message });
    // Not there yet, or never: the status says which.
    if (error instanceof FileMissingError) return reply.code(409).send({ error: error.message, state: error.state });
    throw error;
  });

  app.put<{ Params: { id: string }; Body: RequestOf<'generate/image'> }>('/images/:id', async (request, reply) => {
    const { id } = request.params;
    await client.startImage({ id, request: request.body });
    return reply.code(202).send({ id, status: `/images/${id}`, file: `/images/${id}/file` });
  });

  app.get<{ Params: { id: string } }>('/images/:id', async ({ params: { id } }) => client.item(id).status());

  app.get<{ Params: { id: string } }>('/images/:id/file', async ({ params: { id } }, reply) => {
    const file = await client.item(id).download();
    return reply
      .type(file.type)
      .header('content-length', file.bytes)
      .send(await file.stream());
  });
}

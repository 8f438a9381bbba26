/** The OpenAPI document, made from the schemas of the routes. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';

/** Of the API, not of the package: paths begin with the first number. */
const API_VERSION = '1.0.0';
const DOCUMENT_PATH = '/openapi.json';

/** Before the routes, for it hears of each as it is added. */
export async function addDocument(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'imagepipeline-temporal',
        description: 'Images and batches of images that survive the end of any process.',
        version: API_VERSION,
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  app.get(DOCUMENT_PATH, { exposeHeadRoute: true, schema: { hide: true } }, async () =>
    withoutInputs(app.swagger() as OpenAPIV3_1.Document),
  );
}

/** Each component comes as it is sent and as it is answered; all of ours are answers. */
function withoutInputs({ components, ...document }: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const schemas = Object.entries(components?.schemas ?? {}).filter(([name]) => !name.endsWith('Input'));
  return { ...document, components: { ...components, schemas: Object.fromEntries(schemas) } };
}

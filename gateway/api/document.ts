/** The OpenAPI document, generated from the schemas of the routes. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { toJsonSchema } from '../../input/recipes/recipe-schema';
import { completeDocument, observeRoutes } from './complete-document';
import { FORM_TYPE } from './form';
import { addSchemas } from './schemas';

/** Version of the API, not of the package. Paths begin with the major version. */
const API_VERSION = '1.0.0';
const DOCUMENT_PATH = '/openapi.json';
/** The JSON schema of recipes, for editors. */
const RECIPE_SCHEMA_PATH = '/recipe.schema.json';

declare module 'fastify' {
  interface FastifySchema {
    /** The body as a form, for the document: a JSON schema. */
    form?: object;
    /** The body as JSON, for the document, if its other types are no JSON: a JSON schema. */
    json?: object;
  }
}

/** Registers the document. Call it before the routes are added: it observes each one. */
export async function addDocument(app: FastifyInstance): Promise<void> {
  const factsOf = observeRoutes(app);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'imagepipeline-temporal',
        description: 'Durable items and batches of items, for every operation of the ImagePipeline API.',
        version: API_VERSION,
      },
      // Relative to the address of the document: proxies have addresses of their own.
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: withForms,
    transformObject: jsonSchemaTransformObject,
  });
  addSchemas(app);
  app.get(RECIPE_SCHEMA_PATH, { exposeHeadRoute: true, schema: { hide: true } }, async () => toJsonSchema());
  app.get(DOCUMENT_PATH, { exposeHeadRoute: true, schema: { hide: true } }, async () =>
    completeDocument(withoutInputs(app.swagger() as OpenAPIV3_1.Document), factsOf),
  );
}

/** Documents the form of a body beside its other types: the plugin knows one schema for all types of a body. */
const withForms: typeof jsonSchemaTransform = (document) => {
  const { url, schema } = jsonSchemaTransform(document);
  if (schema?.form === undefined) return { url, schema };
  const { form, json, body, consumes = ['application/json'], ...rest } = schema;
  const others = consumes.map((type) => [type, { schema: body }]);
  if (json !== undefined) others.push(['application/json', { schema: json }]);
  // The main part of a form has one of the types of a body without files.
  const [main = ''] = Object.keys(Object(form).properties);
  const encoding = { [main]: { contentType: consumes.join(', ') } };
  return {
    url,
    schema: { ...rest, body: { content: { ...Object.fromEntries(others), [FORM_TYPE]: { schema: form, encoding } } } },
  };
};

/** Removes the input variant of each component: all of ours are answers. */
function withoutInputs({ components, ...document }: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const schemas = Object.entries(components?.schemas ?? {}).filter(([name]) => !name.endsWith('Input'));
  return { ...document, components: { ...components, schemas: Object.fromEntries(schemas) } };
}

/** What the schemas of the routes do not say: who may call them, how they fail, and the requests of each operation. */
import type { FastifyInstance } from 'fastify';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { requestSchema } from '../../input/requests/request-schema';
import { getOperationRow, OPERATION_NAMES, type OperationName } from '../../workflows/domain/operations/operations';
import type { Role } from './access/roles';
import { describeStatus, PROBLEM_TYPE } from './problem';

type Document = OpenAPIV3_1.Document;
type Operation = OpenAPIV3_1.OperationObject;

/** What is known of a route beside its schemas. */
interface RouteFacts {
  readonly role: Role | null;
  /** Whether it takes a request without a body. */
  readonly isBodyOptional: boolean;
}

type FactsOf = (method: string, path: string) => RouteFacts | undefined;

/** Returns a lookup of the routes. Call it before they are added: it observes each one. */
export function observeRoutes(app: FastifyInstance): FactsOf {
  const found = new Map<string, RouteFacts>();
  app.addHook('onRoute', ({ url, method, config, schema }) => {
    const isBodyOptional = schema?.body instanceof z.ZodType && schema.body.safeParse(undefined).success;
    for (const one of [method].flat())
      found.set(`${one} ${url}`, { role: config?.access?.needs ?? null, isBodyOptional });
  });
  return (method, path) => found.get(`${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
}

const METHODS = ['get', 'post', 'patch', 'delete'] as const;

export function completeDocument({ paths = {}, components, ...document }: Document, factsOf: FactsOf): Document {
  const completed = Object.entries(paths).map(([path, methods = {}]) => {
    const operations = METHODS.flatMap((method) => {
      const operation = methods[method];
      const facts = factsOf(method.toUpperCase(), path);
      if (operation === undefined || facts === undefined) return [];
      return [[method, completeOperation(operation, path, facts)] as const];
    });
    return [path, { ...methods, ...Object.fromEntries(operations) }] as const;
  });
  const schemas = { ...components?.schemas, ...describeRequests() };
  return { ...document, paths: Object.fromEntries(completed), components: { ...components, schemas } };
}

/** A header that only the access to the routes reads, so no schema of a route has it. */
const KEY_HEADER: OpenAPIV3_1.ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'names a start without an id: the same key with the same request finds what was started',
  schema: { type: 'string' },
};

function isStart({ operationId = '' }: Operation): boolean {
  return /^start[A-Z]/.test(operationId);
}

function completeOperation(operation: Operation, path: string, { role, isBodyOptional }: RouteFacts): Operation {
  const { requestBody, responses, ...rest } = operation;
  const body =
    requestBody === undefined || '$ref' in requestBody ? requestBody : { ...requestBody, required: !isBodyOptional };
  const problems = listStatuses(operation, path).map((status) => [status, describeProblem(status)] as const);
  return {
    ...rest,
    ...(isStart(operation) ? { parameters: [...(operation.parameters ?? []), KEY_HEADER] } : {}),
    ...(role === null ? {} : { security: [{ token: [role] }] }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...Object.fromEntries(problems), ...responses },
  };
}

/** Operations that delete what is in the store. */
const DELETIONS = /^delete(Batch|Item|Image)$/;

/** The statuses of problems that callers of an operation should expect. */
function listStatuses(
  { parameters = [], requestBody, responses = {}, operationId = '' }: Operation,
  path: string,
): readonly number[] {
  return [
    ...[400, 401, 403, 429, 500, 503, 504],
    ...(path.includes('{') ? [404] : []),
    ...(parameters.length > 0 || requestBody !== undefined ? [422] : []),
    ...(requestBody === undefined ? [] : [408, 413, 415]),
    ...('202' in responses || /\{id\}\/\w+$/.test(path) || DELETIONS.test(operationId) ? [409] : []),
    ...('202' in responses || /^\/v1\/batches\/\{id\}\//.test(path) ? [410] : []),
    ...('206' in responses ? [416] : []),
    ...(/^\/v1\/(profiles|segments)/.test(path) ? [502] : []),
  ];
}

function describeProblem(status: number): OpenAPIV3_1.ResponseObject {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: describeStatus(status), content: { [PROBLEM_TYPE]: { schema } } };
}

/** One schema for each operation. The body of a start has a plain object: few generators understand a union. */
function describeRequests(): Readonly<Record<string, OpenAPIV3_1.SchemaObject>> {
  const described = OPERATION_NAMES.map((operation) => {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(requestSchema(operation), { io: 'input' });
    return [toSchemaName(operation), { description: getOperationRow(operation).about, ...schema }] as const;
  });
  return Object.fromEntries(described) as Readonly<Record<string, OpenAPIV3_1.SchemaObject>>;
}

/** The name of the schema of an operation's request: `GenerateImageRequest`. */
export function toSchemaName(operation: OperationName): string {
  const words = operation.split('/').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Request`;
}

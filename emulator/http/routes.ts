import type { FastifyRequest } from 'fastify';
import { EXAMPLE_EVENT } from '../callbacks/webhook-event';
import type { Endpoint } from '../endpoints/endpoint';
import { ENDPOINTS } from '../endpoints/endpoints';
import { readStatus } from '../endpoints/job-status';
import { changeProfile, createProfile, deleteProfile, listProfiles, showProfile } from '../endpoints/profiles';
import { serveResult } from '../endpoints/results';
import { findSegments, servePreview } from '../endpoints/segments';
import type { Submissions } from '../endpoints/submissions';
import { MAX_FORM_BYTES, receiveUpload, serveUpload } from '../endpoints/uploads';
import type { World } from '../world';
import { type Answer, errorAnswer, json, type Reply } from './answer';
import type { RawBody } from './body';
import { controlRoutes } from './control-routes';
import type { Route } from './server';

type Keyed = (key: string, request: FastifyRequest) => Reply | Promise<Reply>;

/** Every route of the emulator. */
export function routes(world: World, submissions: Submissions): readonly Route[] {
  return [
    ...ENDPOINTS.flatMap((endpoint) => endpointRoutes(world, submissions, endpoint)),
    {
      method: 'POST',
      path: '/upload/image/v1',
      maxBodyBytes: MAX_FORM_BYTES,
      handle: withKey(world, (key, request) => receiveUpload(world, key, rawBody(request))),
    },
    { method: 'GET', path: '/uploads/:file', handle: (request) => serveUpload(world, parameter(request, 'file')) },
    { method: 'GET', path: '/health', handle: withKey(world, () => ({ answer: json(200, { status: 'ok' }) })) },
    {
      method: 'GET',
      path: '/webhooks/event-schema',
      handle: withKey(world, () => ({ answer: json(200, EXAMPLE_EVENT) })),
    },
    { method: 'GET', path: '/v1/user/details', handle: withKey(world, (key) => ({ answer: showAccount(world, key) })) },
    { method: 'GET', path: '/results/:file', handle: (request) => serveResult(world, resultQuery(request)) },
    ...profileRoutes(world),
    {
      method: 'POST',
      path: '/segment/image/v1',
      handle: withKey(world, async (_key, request) => ({ answer: await findSegments(world, request) })),
    },
    {
      method: 'GET',
      path: '/segments/:name',
      handle: async (request) => ({ answer: await servePreview(world, parameter(request, 'name')) }),
    },
    ...controlRoutes(world),
  ];
}

/** The shape that the vendor's SDK describes: plan, balance, and allowed operations. */
function showAccount(world: World, key: string): Answer {
  const account = world.book.accounts.find((one) => one.key === key);
  return json(200, {
    plan: 'PRO',
    credits_remaining: account?.credits(world.now()) ?? null,
    allowed_operations: ENDPOINTS.map(({ operation }) => operation),
  });
}

function endpointRoutes(world: World, submissions: Submissions, endpoint: Endpoint): readonly Route[] {
  const submit = withKey(world, (key, request) => submissions.submit(endpoint, key, rawBody(request)));
  const status = withKey(world, (key, request) => readStatus(world, endpoint, key, parameter(request, 'jobId')));
  return [
    {
      method: 'POST',
      path: endpoint.path,
      handle: (request) => {
        world.counters.submit();
        return submit(request);
      },
    },
    { method: 'GET', path: `${endpoint.path}/status/:jobId`, handle: status },
  ];
}

function profileRoutes(world: World): readonly Route[] {
  const [all, one] = ['/profiles/v1', '/profiles/v1/:id'] as const;
  const route = (method: Route['method'], path: string, answer: (key: string, request: FastifyRequest) => Answer) => {
    return { method, path, handle: withKey(world, (key, request) => ({ answer: answer(key, request) })) };
  };
  const id = (request: FastifyRequest) => parameter(request, 'id');
  return [
    route('GET', all, (key) => listProfiles(world, key)),
    route('POST', all, (key, request) => createProfile(world, key, request)),
    route('GET', one, (key, request) => showProfile(world, key, id(request))),
    route('PATCH', one, (key, request) => changeProfile(world, key, id(request), request)),
    route('DELETE', one, (key, request) => deleteProfile(world, key, id(request))),
  ];
}

function withKey(world: World, handle: Keyed): Route['handle'] {
  return (request) => {
    const key = request.headers['x-api-key'];
    if (typeof key === 'string' && world.settings.apiKeys.includes(key)) return handle(key, request);
    world.refuse('UNAUTHENTICATED');
    return { answer: errorAnswer(401, 'UNAUTHENTICATED', 'The X-API-Key header is missing or its key is not valid.') };
  };
}

function rawBody({ body, headers }: FastifyRequest): RawBody {
  return { bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0), contentType: headers['content-type'] ?? '' };
}

function resultQuery(request: FastifyRequest) {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  return {
    file: parameter(request, 'file'),
    expires: query.get('expires') ?? '',
    signature: query.get('signature') ?? '',
  };
}

function parameter(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string | undefined>>)[name] ?? '';
}

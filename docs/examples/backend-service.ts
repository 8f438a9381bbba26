/**
 * A backend service that makes images for its callers. It may restart at any time: it has to remember only the id,
 * Temporal remembers the rest.
 *
 *   npx imagepipeline dev                        # in one terminal, in a clone
 *   node dist/docs/examples/backend-service.js   # in another
 *   curl -X PUT localhost:3000/images/banner-1 -d '{"prompt":"a red bicycle in the rain"}'
 *   curl localhost:3000/images/banner-1
 *
 * PUT with the caller's own id makes retries safe: the same id finds the same image and pays once.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  ImagePipelineClient,
  ImagePipelineError,
  InvalidRequestError,
  ItemNotFoundError,
  type ItemStatus,
  type RequestOf,
} from 'imagepipeline-temporal';

const MAX_BODY_BYTES = 65_536;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function main(): Promise<void> {
  const client = await ImagePipelineClient.connect({ env: process.env });
  const server = createServer((request, response) => {
    handle(client, request).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, answerFor(error)),
    );
  });
  server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
    const address = server.address();
    console.log(`ready on port ${typeof address === 'object' ? address?.port : address}`);
  });
  process.once('SIGTERM', () => {
    server.close();
    // Images continue. Callers that still wait for an answer get an error.
    void client.close();
  });
}

async function handle(client: ImagePipelineClient, request: IncomingMessage): Promise<Answer> {
  const [, id] = /^\/images\/([^/]+)$/.exec(request.url ?? '') ?? [];
  if (id === undefined) return { status: 404, body: { error: 'try /images/<id>' } };
  if (request.method === 'PUT') {
    await client.startImage({ id, request: await readJson(request) });
    return { status: 202, body: { id, status: `/images/${id}` } };
  }
  const status = await client.item(id).status();
  return isOpen(status) ? { status: 200, body: status } : { status: 200, body: await client.item(id).result() };
}

const ENDED: readonly ItemStatus['state'][] = ['succeeded', 'failed', 'cancelled', 'unknown', 'terminated'];

/** Whether an image has not ended: its result would have to be waited for. */
function isOpen({ state }: ItemStatus): boolean {
  return !ENDED.includes(state);
}

/** One error type covers every code of the failure table; `scope` shows whether other images fail too. */
function answerFor(error: unknown): Answer {
  if (error instanceof InvalidRequestError) return { status: 422, body: { problems: error.problems } };
  if (error instanceof ItemNotFoundError) return { status: 404, body: { error: error.message } };
  if (error instanceof ImagePipelineError) {
    const { code, outcome, scope, retryable, remedy, jobId } = error;
    return { status: 200, body: { outcome, code, scope, retryable, remedy, jobId } };
  }
  console.error(error);
  return { status: 500, body: { error: 'internal error' } };
}

/** Its fields are checked when the image is started. */
async function readJson(request: IncomingMessage): Promise<RequestOf<'generate/image'>> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) break;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequestError([{ field: 'body', problem: 'is not JSON; must be an object like {"prompt": "…"}' }]);
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

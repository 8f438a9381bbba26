/** An S3 server of a few lines that refuses what a test wants refused; it keeps objects in memory. Closed after each test. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { s3Error } from './s3-front';

export interface StubRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** An error in place of the answer; `null`: the request is served. */
type Refuse = (
  request: StubRequest,
) => { readonly status: number; readonly code: string; readonly message?: string } | null;

export interface StubS3 {
  readonly url: string;
  readonly requests: StubRequest[];
  readonly objects: ReadonlyMap<string, Buffer>;
  refuse: Refuse;
}

interface StoredObject {
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

const open = new Set<() => Promise<void>>();

afterEach(async () => {
  await Promise.all([...open].map((close) => close()));
  open.clear();
});

/** @param ignoresConditions it overwrites what it was asked to create, as older servers do */
export async function startStubS3(ignoresConditions = false): Promise<StubS3> {
  const objects = new Map<string, StoredObject>();
  const requests: StubRequest[] = [];
  const stub = { refuse: (() => null) as Refuse };
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers });
      const refused = stub.refuse({ method, url, headers });
      if (ignoresConditions) delete headers['if-none-match'];
      if (refused === null) serve(objects, request, body, response);
      else fail(response, refused.status, refused.code, refused.message ?? 'refused by the test');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.add(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    get objects() {
      return new Map([...objects].map(([name, { body }]) => [name, body]));
    },
    get refuse() {
      return stub.refuse;
    },
    set refuse(refuse: Refuse) {
      stub.refuse = refuse;
    },
  };
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(response.req.method === 'HEAD' ? undefined : s3Error(code, message));
}

type Serve = (
  objects: Map<string, StoredObject>,
  name: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
) => void;

const SERVE: Readonly<Record<string, Serve>> = {
  PUT: (objects, name, { headers }, body, response) => {
    if (headers['if-none-match'] === '*' && objects.has(name))
      return fail(response, 412, 'PreconditionFailed', 'it is there');
    const metadata = Object.entries(headers).filter(([header]) => header.startsWith('x-amz-meta-'));
    objects.set(name, { body, metadata: Object.fromEntries(metadata) as Record<string, string> });
    response.writeHead(200, { etag: '"1"' }).end();
  },
  GET: (objects, name, _request, _body, response) => read(objects, name, response),
  HEAD: (objects, name, _request, _body, response) => read(objects, name, response),
};

function serve(
  objects: Map<string, StoredObject>,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? '', 'http://stub');
  if (url.searchParams.has('list-type')) list(objects, url, response);
  else SERVE[request.method ?? '']?.(objects, decodeURIComponent(url.pathname), request, body, response);
}

function read(objects: Map<string, StoredObject>, name: string, response: ServerResponse): void {
  const found = objects.get(name);
  if (found === undefined) fail(response, 404, 'NoSuchKey', 'not there');
  else
    response.writeHead(200, { etag: '"1"', ...found.metadata }).end(response.req.method === 'HEAD' ? '' : found.body);
}

function list(objects: Map<string, StoredObject>, url: URL, response: ServerResponse): void {
  const bucket = `${url.pathname.replace(/\/$/, '')}/`;
  const prefix = url.searchParams.get('prefix') ?? '';
  const names = [...objects.keys()].filter((name) => name.startsWith(`${bucket}${prefix}`));
  const contents = names.map((name) => `<Contents><Key>${name.slice(bucket.length)}</Key></Contents>`);
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
}

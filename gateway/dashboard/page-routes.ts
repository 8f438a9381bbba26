/** Serves the page and its files, which `tools/build.js` makes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { getOwn } from '../../workflows/domain/base/own-value';
import { ApiProblem } from '../api/problem';
import { DASHBOARD_HEADERS } from './headers';

export const DASHBOARD_PATH = '/dashboard';
const PAGE = 'index.html';
/** The build puts a hash of the content into the names of all other files. */
const UNCHANGING = 'public, max-age=31536000, immutable';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Asset {
  readonly type: string;
  readonly content: Buffer;
  readonly compressed: Buffer;
}

export async function pageRoutes(app: FastifyInstance): Promise<void> {
  const assets = readAssets();
  const send = (request: FastifyRequest, reply: FastifyReply, name: string) => {
    const asset = assets.get(name);
    if (asset === undefined) throw new ApiProblem('NOT_FOUND', 'the dashboard has no such file');
    const isCompressed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    reply.headers({ ...DASHBOARD_HEADERS, vary: 'accept-encoding', 'content-type': asset.type });
    if (name !== PAGE) reply.header('cache-control', UNCHANGING);
    if (isCompressed) reply.header('content-encoding', 'gzip');
    return reply.send(isCompressed ? asset.compressed : asset.content);
  };
  const hidden = { schema: { hide: true } };
  app.get('/', hidden, (_request, reply) => reply.headers(DASHBOARD_HEADERS).redirect(DASHBOARD_PATH, 302));
  app.get<{ Params: { name: string } }>(`${DASHBOARD_PATH}/assets/:name`, hidden, (request, reply) =>
    send(request, reply, request.params.name === PAGE ? '' : request.params.name),
  );
  // The page finds out what its address means.
  app.get(DASHBOARD_PATH, hidden, (request, reply) => send(request, reply, PAGE));
  app.get(`${DASHBOARD_PATH}/*`, hidden, (request, reply) => send(request, reply, PAGE));
}

/** Reads every file once: only names that the build made can be asked for. */
function readAssets(): ReadonlyMap<string, Asset> {
  const folder = path.join(__dirname, 'assets');
  const built = existsSync(folder)
    ? folder
    : path.join(__dirname, '..', '..', 'dist', 'gateway', 'dashboard', 'assets');
  return new Map(readdirSync(built).map((name) => [name, toAsset(path.join(built, name))]));
}

function toAsset(file: string): Asset {
  const content = readFileSync(file);
  const type = getOwn(TYPES, path.extname(file)) ?? 'application/octet-stream';
  return { type, content, compressed: gzipSync(content, { level: 9 }) };
}

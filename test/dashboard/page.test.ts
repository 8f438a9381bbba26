/** The page and its files as they are served: their headers, their weight, and tricks with their addresses. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { pageRoutes } from '../../gateway/dashboard/page-routes';

const ASSETS = path.join(__dirname, '..', '..', 'dist', 'gateway', 'dashboard', 'assets');
const MAX_BYTES = 150_000;
const files = readdirSync(ASSETS).map((name) => ({ name, content: readFileSync(path.join(ASSETS, name)) }));

let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  app = fastify();
  await app.register(pageRoutes);
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

test('the whole page has less than 150 kB compressed', () => {
  const bytes = files.reduce((sum, { content }) => sum + gzipSync(content).length, 0);
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThan(MAX_BYTES);
});

test('no file names another host', () => {
  // Names of XML, which no browser requests.
  const known = /^http:\/\/www\.w3\.org\//;
  const found = files.flatMap(({ name, content }) =>
    (content.toString().match(/\bhttps?:\/\/[^\s"'`)]+/g) ?? []).map((address) => `${name}: ${address}`),
  );
  expect(found.filter((one) => !known.test(one.replace(/^[^:]*: /, '')))).toEqual([]);
});

test('the page allows its own files only, no inline code and no frame', async () => {
  const answer = await fetch(`${url}/dashboard`);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("base-uri 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
  expect(answer.headers.get('x-frame-options')).toBe('DENY');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  const html = await answer.text();
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
});

test('its files are named by their content, compressed, and kept by browsers', async () => {
  const html = await (await fetch(`${url}/dashboard`)).text();
  const names = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name ?? '');
  expect(names).toHaveLength(3);
  for (const name of names) {
    const answer = await fetch(`${url}${name}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const plain = await fetch(`${url}${name}`, { headers: { 'accept-encoding': 'identity' } });
    expect(await plain.text()).toBe(await answer.text());
  }
});

test.each(['/dashboard/', '/dashboard/batches/a', '/dashboard/batches/%3Cscript%3E', '/dashboard/a/b/c'])(
  '%s is the page, which finds out what it means',
  async (address) => {
    const answer = await fetch(`${url}${address}`);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('<div id="app">')]);
  },
);

test.each(['..%2f..%2fpackage.json', '%2e%2e%2fpage-routes.js', '..%5cindex.html', 'index.html', 'constructor', 'app'])(
  'no file of another folder: %s',
  async (name) => {
    expect((await fetch(`${url}/dashboard/assets/${name}`)).status).not.toBe(200);
  },
);

test.each([
  '/',
  '//evil.example',
  '/dashboard//evil.example',
  '/dashboard?next=https://evil.example',
  '/%2f%2fevil.example',
])('%s leads to no other host', async (address) => {
  const answer = await fetch(`${url}${address}`, { redirect: 'manual' });
  expect(['/dashboard', null]).toContain(answer.headers.get('location'));
});

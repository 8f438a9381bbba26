/** The examples of the pages run: each against a real server, a worker and the emulator. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fastify } from 'fastify';
import { ImagePipelineClient } from 'imagepipeline-temporal';
import { imageRoutes } from '../../docs/examples/fastify-routes';
import { createRoute } from '../../docs/examples/next-route';
import { runCatalogue } from '../../docs/examples/nightly-catalogue';
import { SMALL } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

let rig: Rig;
/** Of the package, as the examples import it. */
let client: ImagePipelineClient;

beforeAll(async () => {
  rig = await startRig();
  client = await ImagePipelineClient.connect({ client: rig.client.temporal, store: rig.store });
});
afterAll(async () => {
  await client.close();
  await rig.close();
});

const stored = (name: string) => readFileSync(path.join(rig.store, 'items', name));

test('a route of Next.js starts an image and returns its bytes', async () => {
  const { PUT, GET } = createRoute(async () => client);
  const call = (handler: typeof PUT, id: string, body?: unknown) =>
    handler(
      new Request(
        `http://localhost/images/${id}`,
        body === undefined ? {} : { method: 'PUT', body: JSON.stringify(body) },
      ),
      { params: Promise.resolve({ id }) },
    );
  expect((await call(GET, 'next')).status).toBe(404);
  expect((await call(PUT, 'next', { promt: 'x' })).status).toBe(422);
  expect((await call(PUT, 'next', { prompt: 'a hat', ...SMALL })).status).toBe(202);
  await rig.client.item('next').result();
  const answer = await call(GET, 'next');
  expect(answer.headers.get('content-type')).toBe('image/png');
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(stored('next.png'));
});

test('routes of Fastify start an image and stream its bytes', async () => {
  const app = fastify();
  await app.register(imageRoutes, { client });
  const put = (body: object) => app.inject({ method: 'PUT', url: '/images/fast', payload: body });
  expect((await put({ promt: 'x' })).statusCode).toBe(422);
  expect((await put({ prompt: 'a hat', ...SMALL })).statusCode).toBe(202);
  await rig.client.item('fast').result();
  expect((await app.inject('/images/fast')).json()).toMatchObject({ state: 'succeeded' });
  expect((await app.inject('/images/fast/file')).rawPayload).toEqual(stored('fast.png'));
  expect((await app.inject('/images/none/file')).statusCode).toBe(404);
  await app.close();
});

test('a nightly catalogue saves what succeeded, names what failed, and pays nothing twice', async () => {
  const folder = tempFolder();
  const rows = ['hat', 'shoe', 'bad'].map((key) => ({
    key,
    prompt: key === 'bad' ? `a bag {{INPUT_INVALID}}` : `a ${key}`,
    ...SMALL,
  }));
  const run = () => runCatalogue(client, { day: '2026-11-27', rows, folder });
  expect(await run()).toEqual({ saved: ['hat.png', 'shoe.png'], failed: { bad: 'INPUT_INVALID' } });
  expect(readdirSync(folder).sort()).toEqual(['hat.png', 'shoe.png']);
  const { accepted } = rig.emulator.ledger();
  await run();
  expect(rig.emulator.ledger().accepted).toBeLessThanOrEqual(accepted + 1);
});

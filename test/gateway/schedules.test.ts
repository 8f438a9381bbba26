/** Schedules over HTTP, by roles and prefixes; and the hours of an account. */
import type { Document } from 'openapi-client-axios';
import type { Api } from '../../gateway';
import { createToken, parseTokens } from '../../gateway/api/access/api-token';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { fetchDocument, startTestApi } from './api-harness';

const ours = createToken({ name: 'ours', role: 'start', prefix: 'ours-' });
const operator = createToken({ name: 'operator', role: 'operate' });
const lead = createToken({ name: 'lead', role: 'start' });
const TOKENS = [ours, operator, lead];

let rig: Rig;
let api: Api;
let document: Document;

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig, { tokens: parseTokens(JSON.stringify(TOKENS.map(({ entry }) => entry)), 'X', []) });
  document = await fetchDocument(api);
});
afterAll(() => rig.close());

async function ask({ token }: { readonly token: string }, method: string, url: string, body?: unknown) {
  const answer = await fetch(`${api.url}/v1/${url}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    location: answer.headers.get('location'),
    data: text === '' ? null : JSON.parse(text),
  };
}

const ROWS = [{ key: 'a', prompt: 'a picture', width: 32, height: 32 }];
const wanted = (id: string) => ({ id, rows: ROWS, schedule: '0 0 29 2 *', timezone: 'Europe/Berlin' });

test('a schedule is created, found, read, paused, triggered and deleted', async () => {
  const url = 'schedules/ours-nightly';
  const created = await ask(ours, 'POST', 'schedules', wanted('ours-nightly'));
  expect(created).toEqual({
    status: 201,
    location: '/v1/schedules/ours-nightly',
    data: { id: 'ours-nightly', alreadyCreated: false, items: 1, skipped: 0, warnings: [] },
  });
  expect((await ask(ours, 'POST', 'schedules', wanted('ours-nightly'))).data.alreadyCreated).toBe(true);
  const other = await ask(ours, 'POST', 'schedules', { ...wanted('ours-nightly'), timezone: 'UTC' });
  expect(other).toMatchObject({ status: 409, data: { code: 'ID_TAKEN' } });
  expect((await ask(operator, 'GET', url)).data).toMatchObject({ timezone: 'Europe/Berlin', paused: false, items: 1 });
  expect((await ask(operator, 'POST', `${url}/pause`, { note: 'Monday' })).data).toMatchObject({ note: 'Monday' });
  expect((await ask(operator, 'POST', `${url}/resume`)).data).toMatchObject({ paused: false });
  const { data } = await ask(ours, 'POST', `${url}/trigger`);
  expect(data.run.batchId).toMatch(/^ours-nightly-\d{8}T\d{4}$/);
  const batch = await until('the batch has ended', async () => {
    const found = await ask(ours, 'GET', `batches/${data.run.batchId}`);
    return found.data.state === 'completed' ? found.data : null;
  });
  expect(batch).toMatchObject({ counts: { succeeded: 1 } });
  await until('it is listed', async () => (await ask(ours, 'GET', 'schedules')).data.schedules.length === 1);
  expect(await ask(ours, 'DELETE', url)).toMatchObject({ status: 204 });
  expect(await ask(ours, 'GET', url)).toMatchObject({ status: 404, data: { code: 'NOT_FOUND' } });
});

test('a role allows what it says, a prefix hides the rest, and every problem is reported', async () => {
  expect(await ask(lead, 'POST', 'schedules', wanted('theirs'))).toMatchObject({ status: 201 });
  await until('it is listed', async () => (await ask(lead, 'GET', 'schedules')).data.schedules.length === 1);
  expect((await ask(ours, 'GET', 'schedules')).data).toEqual({ schedules: [] });
  for (const [method, verb] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/pause'],
    ['POST', '/trigger'],
  ] as const)
    expect(await ask(ours, method, `schedules/theirs${verb}`)).toMatchObject({ status: 404 });
  for (const [method, url] of [
    ['POST', 'schedules'],
    ['DELETE', 'schedules/theirs'],
    ['POST', 'schedules/theirs/trigger'],
  ] as const)
    expect(await ask(operator, method, url)).toMatchObject({ status: 403 });
  expect((await ask(ours, 'POST', 'schedules', wanted('theirs-2'))).data.errors).toMatchObject([{ field: 'id' }]);
  const bad = { ...wanted('bad id'), schedule: '0 25 * * *', timezone: 'Berlin', catchupWindowMs: 5 };
  const { status, data } = await ask(lead, 'POST', 'schedules', bad);
  expect([status, data.errors.map(({ field }: { readonly field: string }) => field).sort()]).toEqual([
    422,
    ['catchupWindowMs', 'id', 'schedule', 'timezone'],
  ]);
});

test('the document has the routes, and the account has hours', async () => {
  expect(Object.keys(document.paths ?? {})).toContain('/v1/schedules/{id}/trigger');
  const hours = { windows: ['22:00-06:00'], timezone: 'Europe/Berlin' };
  expect((await ask(lead, 'PATCH', 'account', { hours })).data).toMatchObject({ hours });
  expect((await ask(lead, 'PATCH', 'account', { hours: { windows: ['22-6'] } })).status).toBe(422);
  expect((await ask(lead, 'PATCH', 'account', { hours: null })).data).toMatchObject({ hours: null });
});

/** Many readers of one batch ask for its state as often as one. */
import type { Api } from '../../gateway';
import { AUTHORIZED, startTestApi } from '../gateway/api-harness';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

const PAGES = 100;
const ROWS = Array.from({ length: 40 }, (_one, index) => ({ key: `k${index}`, prompt: 'x', width: 32, height: 32 }));

let rig: Rig;
let api: Api;

beforeAll(async () => {
  // Jobs that do not end, so that the batch runs as long as it is looked at.
  rig = await startRig({ emulator: { jobTime: { medianMs: 3_600_000, sigma: 0 } } });
  api = await startTestApi(rig, {});
  await rig.client.startBatch({ id: 'watched', rows: ROWS });
});
afterAll(() => rig.close());

/** Opens streams, waits until each has its first event, and returns how many queries a time takes. */
async function countQueries(streams: number, forMs: number): Promise<number> {
  const queries = jest.spyOn(rig.client.temporal.workflowService, 'queryWorkflow');
  const left = new AbortController();
  const received = Array.from({ length: streams }, async () => {
    const answer = await fetch(`${api.url}/v1/batches/watched/events`, { headers: AUTHORIZED, signal: left.signal });
    const reader = answer.body?.getReader();
    const text = new TextDecoder().decode((await reader?.read())?.value);
    expect(text).toMatch(/^id: \w+\nevent: state\ndata: \{"id":"watched",/);
  });
  await Promise.all(received);
  const before = queries.mock.calls.length;
  const begun = Date.now();
  await until('the time is over', () => Date.now() - begun >= forMs);
  const count = queries.mock.calls.length - before;
  left.abort();
  queries.mockRestore();
  return count;
}

test('a hundred open pages of a batch ask no more than one', async () => {
  const one = await countQueries(1, 4_000);
  const many = await countQueries(PAGES, 4_000);
  expect(one).toBeGreaterThan(0);
  // Polls begin at another time, so that a second may have one more or less; each asks the coordinator and a page.
  expect(many).toBeLessThanOrEqual(one + 4);
});

test('nothing is asked after the last page has closed', async () => {
  await countQueries(3, 100);
  const queries = jest.spyOn(rig.client.temporal.workflowService, 'queryWorkflow');
  await until('the queries in progress have ended', async () => {
    const before = queries.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return queries.mock.calls.length === before;
  });
  queries.mockRestore();
});

test('a stream that continues does not repeat the state that its reader has', async () => {
  const read = async (headers: Readonly<Record<string, string>>) => {
    const left = new AbortController();
    const answer = await fetch(`${api.url}/v1/batches/watched/events`, {
      headers: { ...AUTHORIZED, ...headers },
      signal: left.signal,
    });
    const text = new TextDecoder().decode((await answer.body?.getReader().read())?.value);
    left.abort();
    return text;
  };
  const [, id = ''] = /^id: (\w+)\n/.exec(await read({})) ?? [];
  expect(id).toHaveLength(16);
  expect(await read({ 'last-event-id': id })).toBe(': nothing new\n\n');
  expect(await read({ 'last-event-id': 'another' })).toContain('event: state');
});

test('the list shares statuses too', async () => {
  const queries = jest.spyOn(rig.client.temporal.workflowService, 'queryWorkflow');
  const list = async () =>
    (await (await fetch(`${api.url}/v1/batches?status=true`, { headers: AUTHORIZED })).json()) as {
      readonly batches: readonly { readonly id: string; readonly status: { readonly counts: object } | null }[];
    };
  await until('it is listed', async () => (await list()).batches.length === 1);
  const before = queries.mock.calls.length;
  const lists = await Promise.all(Array.from({ length: 20 }, list));
  expect(lists.map(({ batches }) => batches[0]?.status?.counts)).toEqual(
    Array(20).fill(expect.objectContaining({ total: ROWS.length })),
  );
  expect(queries.mock.calls.length - before).toBeLessThanOrEqual(4);
  queries.mockRestore();
});

/** What an operator does over HTTP: to a single item, to a live batch, to the account; and under the id of something else. */
import type { OpenAPIClient } from 'openapi-client-axios';
import { governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { fetchDocument, makeClient, startTestApi } from './api-harness';

const CSV = { headers: { 'content-type': 'text/csv' } };
const REQUEST = { width: 32, height: 32 };

let rig: Rig;
let client: OpenAPIClient;

beforeAll(async () => {
  rig = await startRig();
  const api = await startTestApi(rig);
  client = await makeClient(api, await fetchDocument(api));
  rig.emulator.script({ match: { promptIncludes: 'endless' }, then: { never: true } });
});
afterAll(() => rig.close());

interface Answer {
  readonly status: number;
  readonly data: {
    readonly state?: string;
    readonly jobId?: string | null;
    readonly end?: { readonly outcome: string } | null;
    readonly code?: string;
    readonly detail?: string;
    readonly remedy?: string;
    readonly hold?: { readonly cause: string | null } | null;
    readonly decisions?: readonly { readonly words: string }[];
    readonly errors?: readonly { readonly field?: string; readonly problem: string }[];
  };
}

/** Every answer is held to what the document says of it. */
async function call(operationId: string, params: object | null = null, body?: unknown, config?: object) {
  const operation = client[operationId as keyof OpenAPIClient] as unknown as (
    ...args: readonly unknown[]
  ) => Promise<Answer>;
  const { status, data } = await operation(params, body, config);
  // Of streams the client gives the text.
  return { status, data: typeof data === 'string' ? JSON.parse(data) : data };
}

async function startEndless(id: string): Promise<string> {
  await call('startImage', null, { id, request: { ...REQUEST, prompt: `endless ${id}` } });
  return until('its job was accepted', async () => (await call('getImage', { id })).data.jobId);
}

describe('a single item', () => {
  test('is cancelled: its job is collected, and only then it ends', async () => {
    await startEndless('patient');
    const told = await call('cancelImage', { id: 'patient' });
    expect(told).toMatchObject({ status: 200, data: { id: 'patient', state: 'running', end: null } });
    expect(await call('cancelImage', { id: 'patient' }, { now: true })).toMatchObject({ status: 200 });
    await rig.client.item('patient').report();
  });

  test('is cancelled at once, and tells the job that may be paid; once it has ended it does not change', async () => {
    const jobId = await startEndless('hasty');
    expect((await call('cancelImage', { id: 'hasty' }, { now: true })).status).toBe(200);
    const { end } = await until('it has ended', async () => {
      const { data } = await call('getImage', { id: 'hasty' });
      return data.end === null ? null : data;
    });
    expect(end).toMatchObject({ outcome: 'unknown', jobId });
    for (const body of [undefined, { now: true }]) {
      const late = await call('cancelImage', { id: 'hasty' }, body);
      expect(late).toMatchObject({ status: 200, data: { state: 'unknown', end } });
    }
  });

  test('that has ended is left as it is by the library too, now or not', async () => {
    await call('startImage', null, { id: 'made', request: { ...REQUEST, prompt: 'made' } });
    await rig.client.item('made').result();
    for (const now of [true, false]) await rig.client.item('made').cancel({ now });
    expect((await rig.client.item('made').report()).outcome).toBe('succeeded');
  });

  test('a field that is not known is reported, with those that are', async () => {
    const { status, data } = await call('cancelImage', { id: 'hasty' }, { at: 'once' });
    expect({ status, errors: data.errors }).toEqual({
      status: 422,
      errors: [{ field: 'at', problem: 'is not known; must be one of now' }],
    });
  });
});

describe('the account', () => {
  test('is held with a reason, and resumed', async () => {
    const held = await call('holdAccount', null, { reason: 'new key tonight' });
    expect(held).toMatchObject({ status: 200, data: { hold: { cause: 'new key tonight' } } });
    expect((await call('getAccount')).data.hold).not.toBeNull();
    expect(await call('resumeAccount')).toMatchObject({ status: 200, data: { hold: null } });
    expect(await call('holdAccount')).toMatchObject({ status: 200, data: { hold: expect.any(Object) } });
    expect((await call('resumeAccount')).data.hold).toBeNull();
  });

  test('has upper bounds and a budget of a day', async () => {
    const set = (settings: object) => call('setAccount', null, settings);
    expect(await set({ limits: { maxConcurrency: 1 } })).toMatchObject({ status: 200, data: { limit: 1 } });
    const both = {
      limits: { maxConcurrency: null, maxRate: 100 },
      budget: { submissions: 1_000, cost: 20, price: 0.01 },
    };
    const told = await set(both);
    expect(told).toMatchObject({ status: 200, data: { day: { allowed: { submissions: 1_000, cost: 20 } } } });
    const none = await set({ budget: { submissions: null, cost: null } });
    expect(none).toMatchObject({ status: 200, data: { day: { allowed: null } } });
  });

  test.each([
    ['setAccount', undefined, 'body', 'is null; must be an object'],
    ['setAccount', {}, 'settings', 'are empty; must have limits, budget, holdBelow, hours or notify'],
    ['setAccount', { limits: {}, holdBelow: { usd: 5 } }, 'limits', 'is empty; must have at least one field'],
    ['setAccount', { limits: { maxRate: 0 } }, 'limits.maxRate', 'is 0; must be above 0, or null'],
    [
      'setAccount',
      { limits: { maxConcurrency: 0 } },
      'limits.maxConcurrency',
      'is 0; must be a whole number from 1 to 10000, or null',
    ],
    [
      'setAccount',
      { budget: { cost: 5 } },
      'budget.cost',
      'requires a price: without it the cost of a single item is not known',
    ],
    ['setAccount', { budget: { submissions: -1 } }, 'budget.submissions', 'is -1; must be a whole number from 0'],
    ['holdAccount', { reason: 'x'.repeat(201) }, 'reason', 'has 201 characters; must have at most 200'],
  ])('%s with %j is refused by name, and changes nothing', async (operation, body, field, problem) => {
    const { data: before } = await call('getAccount');
    const { status, data } = await call(operation, null, body);
    expect({ status, errors: data.errors }).toEqual({ status: 422, errors: [{ field, problem }] });
    const { data: after } = await call('getAccount');
    // The governor may find out meanwhile that a holder of an earlier test has ended.
    const decided = (words: readonly { readonly words: string }[]) =>
      words.filter((one) => !one.words.startsWith('reclaimed permits of ended holders'));
    expect([after.hold, decided(after.decisions)]).toEqual([before.hold, decided(before.decisions)]);
  });
});

test('a live batch is given other limits', async () => {
  const id = 'live';
  await call('startBatch', { id, concurrency: 1 }, 'prompt\nendless live\n', CSV);
  const changes = { concurrency: 2, maxFailures: '5%', budget: { submissions: 7 } };
  const set = await call('setBatch', { id }, changes);
  expect(set).toMatchObject({ status: 200, data: { id, budget: { allowed: { submissions: 7 } } } });
  for (const nothing of [{}, { budget: {} }]) {
    expect(await call('setBatch', { id }, nothing)).toMatchObject({ status: 422, data: { code: 'INVALID_REQUEST' } });
  }
  await rig.client.temporal.workflow.getHandle(id).terminate();
});

describe('under the id of something else', () => {
  const OF_BATCHES = [
    ['getBatch', undefined],
    ['getEvents', undefined],
    ['getResults', undefined],
    ['pauseBatch', undefined],
    ['resumeBatch', undefined],
    ['cancelBatch', undefined],
    ['redriveBatch', {}],
    ['setBatch', { concurrency: 2 }],
  ] as const;
  const OF_IMAGES = [
    ['getImage', undefined],
    ['cancelImage', undefined],
    ['cancelImage', { now: true }],
  ] as const;

  test.each(OF_BATCHES)('%s of an image says what it is, and where its routes are', async (operation, body) => {
    await call('startImage', null, { id: 'lonely', request: { ...REQUEST, prompt: 'lonely' } });
    const { status, data } = await call(operation, { id: 'lonely' }, body);
    expect({ status, code: data.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect(data.detail).toBe('"lonely" is the id of a single item, not of a batch');
    expect(data.remedy).toBe('Use the routes of single items: /v1/items/lonely.');
  });

  test.each(OF_IMAGES)(
    '%s %j of a batch says what it is, where its routes are, and leaves it',
    async (operation, body) => {
      await call('startBatch', { id: 'crowd' }, 'prompt\nendless crowd\n', CSV);
      const { status, data } = await call(operation, { id: 'crowd' }, body);
      expect({ status, code: data.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
      expect(data.detail).toBe('"crowd" is the id of a batch, not of a single item');
      expect(data.remedy).toBe('Use the routes of batches: /v1/batches/crowd.');
      expect((await call('getBatch', { id: 'crowd' })).data.state).toBe('running');
    },
  );

  test('controls of batches do not reach the governor of the account, nor does a cancellation', async () => {
    await call('holdAccount');
    const id = governorWorkflowId('default');
    await expect(rig.client.batch(id).resume()).rejects.toThrow('is the id of an account, not of a batch');
    for (const now of [true, false]) {
      await expect(rig.client.item(id).cancel({ now })).rejects.toThrow(
        'is the id of an account, not of a single item',
      );
    }
    expect((await call('getAccount')).data.hold).not.toBeNull();
    const { status } = await rig.client.temporal.workflow.getHandle(id).describe();
    expect(status.name).toBe('RUNNING');
    await call('resumeAccount');
  });
});

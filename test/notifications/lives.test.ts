/** Notifications of workflows that continue as new or are reset, and of workers that are killed while they deliver. */
import { randomUUID } from 'node:crypto';
import { jobsByKey, startBatch } from '../batch/batch-fixtures';
import { newKey } from '../payloads/keys';
import { rawView } from '../payloads/raw-histories';
import { ACCEPT, NOTIFY_SECRET, type Receiver, startReceiver } from '../support/receiver';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { startWorkerChild } from '../support/worker-child';
import { listEvents } from './notified-rig';

const NOTIFICATIONS = { secrets: [NOTIFY_SECRET], allowPrivate: true };

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const eventsOf = (batch: string) => listEvents(receiver, batch);

const typesOf = (batch: string) => eventsOf(batch).map(({ type }) => type);

/** Repeats a workflow from the end of one of its workflow tasks, counted from 1. */
async function reset({ client, server }: Rig, workflowId: string, task: number): Promise<void> {
  const { workflow, workflowService } = client.temporal;
  const { events } = await workflow.getHandle(workflowId).fetchHistory();
  const ends = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await workflow.getHandle(workflowId).describe();
  await workflowService.resetWorkflowExecution({
    namespace: server.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: ends[task - 1]?.eventId ?? null,
  });
}

describe('workflows that continue as new every few dozen events', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({
      notifications: NOTIFICATIONS,
      fewEvents: 'few',
      emulator: { jobTime: { medianMs: 100, sigma: 0.4 } },
    });
  });
  afterAll(() => rig.close());

  test('a batch notifies each change once, with the numbers of its run', async () => {
    const asking = (number: number) => (number % 4 === 0 ? '{{INPUT_INVALID}}' : '');
    const terms = { asking, concurrency: 8, pageSize: 20, notify: receiver.url, notifyFailures: '10' };
    const batch = await startBatch(rig, 'anew', 60, terms);
    const { runId: first } = await rig.client.temporal.workflow.getHandle('anew').describe();
    await batch.result();
    const { runId: last } = await rig.client.temporal.workflow.getHandle('anew').describe();
    expect(last).not.toBe(first);
    await until('its end is delivered', () => typesOf('anew').includes('batch.completed'));
    expect(typesOf('anew')).toEqual(['batch.failures-reached', 'batch.completed']);
    expect(eventsOf('anew').map(({ id }) => /_(\d+)_/.exec(id)?.[1])).toEqual(['1', '2']);
    expect((await batch.status()).notifications?.receiver).toBe(receiver.url);
  });

  test('an account keeps its receiver and counts on', async () => {
    const own = await rig.clientOf('anew');
    const account = own.account();
    await account.set({ notify: receiver.url });
    const governor = own.temporal.workflow.getHandle('~account/anew');
    const { runId: first } = await governor.describe();
    for (let count = 1; (await governor.describe()).runId === first || count < 4; count += 1) {
      await account.hold();
      await account.resume();
    }
    await account.hold();
    const held = () => receiver.accepted().filter(({ type }) => type === 'account.held');
    const resumed = () => receiver.accepted().filter(({ type }) => type === 'account.resumed');
    await until('all are delivered', () => held().length >= 4 && held().length === resumed().length + 1);
    const ids = receiver.accepted().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await account.status()).notifications?.receiver).toBe(receiver.url);
  });
});

describe('a reset, and workers that die', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({ notifications: NOTIFICATIONS, worker: false });
  });
  afterAll(() => rig.close());

  test('the attempt of a worker that is killed is repeated, with the same id, and its batch has ended', async () => {
    const child = await startWorkerChild(rig);
    receiver.answerWith((response, request) => {
      if (receiver.received.length > 1) ACCEPT(response, request);
    });
    const rows = [{ key: 'a', prompt: 'a cat' }];
    const batch = await rig.client.startBatch({ id: 'killed', rows, notify: receiver.url });
    await until('the worker delivers it', () => receiver.received.length === 1);
    child.send('SIGKILL');
    await child.ended;
    await rig.startWorker();
    expect((await batch.result()).counts.succeeded).toBe(1);
    await until('it is delivered', () => eventsOf('killed').length === 1);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  test.each([
    ['its beginning is another run', 1, false],
    ['its middle sends the same id again', 3, true],
  ])('a batch that is reset to %s, and pays nothing again', async (_what, task, isSame) => {
    const id = `reset-${task}`;
    const batch = await startBatch(rig, id, 3, { notify: receiver.url });
    await batch.result();
    await until('its end is delivered', () => eventsOf(id).length === 1);
    await reset(rig, id, task);
    await until('it is delivered again', () => eventsOf(id).length === 2);
    const [first, second] = eventsOf(id);
    expect(second?.id === first?.id).toBe(isSame);
    expect([...jobsByKey(rig, id).values()].map((jobs) => jobs.length)).toEqual([1, 1, 1]);
  });
});

test('with encryption the server has neither the address nor the answers, and the status has both', async () => {
  const rig = await startRig({ notifications: NOTIFICATIONS, encryption: newKey('2026') });
  try {
    receiver.answerWith((response) => response.writeHead(500).end());
    const notify = `${receiver.url}/hooks?token=hunter2hunter2`;
    const item = await rig.client.startItem({
      id: 'sealed',
      operation: 'generate/image',
      request: { prompt: 'x' },
      notify,
    });
    await item.result();
    const shown = await until('an answer is shown', async () => {
      const { notifications } = await item.status();
      return notifications?.last[0]?.answer === 'HTTP 500' ? notifications : null;
    });
    expect(shown).toMatchObject({ receiver: receiver.url, last: [{ type: 'item.succeeded', state: 'pending' }] });
    receiver.answerWith(ACCEPT);
    await until('it is delivered', async () => (await item.status()).notifications?.last[0]?.state === 'delivered');
    const { text, workflowIds } = await rawView(rig.server);
    expect(workflowIds.some((id) => id.startsWith('~notification/item/sealed/msg_'))).toBe(true);
    for (const secret of ['hunter2hunter2', receiver.url, 'HTTP 500']) expect(text).not.toContain(secret);
  } finally {
    await rig.close();
  }
});

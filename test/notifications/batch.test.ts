/** The end of a batch is notified, and wrong addresses are refused at the start. */
import type { Receiver } from '../support/receiver';
import type { Rig } from '../support/rig';
import { until } from '../support/until';
import { listEvents, type NotifiedRig, startNotifiedRig, toRows } from './notified-rig';

let notified: NotifiedRig;
let rig: Rig;
let receiver: Receiver;

beforeAll(async () => {
  notified = await startNotifiedRig();
  ({ rig, receiver } = notified);
});
afterAll(() => notified.close());

const eventsOf = (batch: string) => listEvents(receiver, batch);

test('the end of a batch is delivered, signed and without prompts', async () => {
  const id = 'ends';
  const notify = `${receiver.url}/hooks?token=secret-of-the-receiver`;
  const batch = await rig.client.startBatch({ id, rows: toRows(['a cat', 'a dog']), notify });
  await batch.result();
  const [event] = await until('it is delivered', () => (eventsOf(id).length > 0 ? eventsOf(id) : null));
  expect(event).toMatchObject({
    version: 1,
    type: 'batch.completed',
    data: { batch: id, state: 'completed', pausedBy: null, code: null, remedy: null },
  });
  expect(event?.data).toMatchObject({ counts: { total: 2, succeeded: 2, failed: 0 } });
  const sent = receiver.received.find(({ body }) => body.includes(`"${id}"`));
  expect(sent?.headers['webhook-id']).toBe(event?.id);
  expect(sent?.url).toBe('/hooks?token=secret-of-the-receiver');
  expect(sent?.body).not.toMatch(/a cat|a dog|secret-of|http/);
  const status = await until('the status has it', async () => {
    const { notifications } = await batch.status();
    return notifications?.last[0]?.state === 'delivered' ? notifications : null;
  });
  expect(status).toEqual({
    receiver: receiver.url,
    last: [
      expect.objectContaining({
        id: event?.id,
        type: 'batch.completed',
        state: 'delivered',
        attempts: 1,
        answer: 'HTTP 204',
      }),
    ],
  });
});

test('a wrong address is refused with every other problem, without its secret, and nothing is started', async () => {
  const notify = 'ftp://user:secret@example.com/#part';
  const start = rig.client.startBatch({ id: 'wrong', rows: toRows(['a']), notify, weight: -1 });
  await expect(start).rejects.toThrow(/weight.*notify|notify.*weight/s);
  const error = await start.catch((caught: Error) => caught.message);
  expect(error).toMatch(/begins with ftp:.*user or a password.*fragment/);
  expect(error).not.toContain('secret');
  const item = { operation: 'generate/image', request: { prompt: 'x' }, notify: 'http://example.com' } as const;
  await expect(rig.client.startItem(item)).rejects.toThrow('notify is plain http to another machine; must be https');
  await expect(rig.client.account().set({ notify: 'nowhere' })).rejects.toThrow('notify is not an address');
  const alone = rig.client.startBatch({ id: 'wrong', rows: toRows(['a']), notifyFailures: '5%' });
  await expect(alone).rejects.toThrow('notifyFailures requires notify');
});

test('a workflow that another program starts with a wrong address fails at once', async () => {
  const args = [{ rows: [{ key: 'a', request: {} }], notify: 'http://10.0.0.1/?secret', notifyFailures: 'many' }];
  const options = { workflowId: 'by-hand', taskQueue: 'imagepipeline', args };
  const handle = await rig.client.temporal.workflow.start('imagePipelineBatch', options);
  const error = await handle.result().catch((caught: { cause: Error & { type: string } }) => caught.cause);
  expect(error).toMatchObject({
    type: 'INPUT_INVALID',
    message: expect.stringMatching(/notify is plain.*notifyFailures/),
  });
  expect(String(error)).not.toContain('secret');
});

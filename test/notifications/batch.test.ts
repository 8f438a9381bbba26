/** Notifications of batches: signed, once for each change, and shown in the status. */
import { NOTIFY_SECRET, type Receiver, startReceiver } from '../support/receiver';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  rig = await startRig({ notifications: { secrets: [NOTIFY_SECRET], allowPrivate: true } });
});
afterAll(async () => {
  await rig.close();
  await receiver.close();
});

function rowsOf(prompts: readonly string[]) {
  return prompts.map((prompt, index) => ({ key: `k${index}`, prompt }));
}

function eventsOf(batch: string) {
  return receiver.accepted().filter(({ data }) => 'batch' in data && data.batch === batch);
}

test('the end of a batch is delivered, signed and without prompts', async () => {
  const id = 'ends';
  const notify = `${receiver.url}/hooks?token=secret-of-the-receiver`;
  const batch = await rig.client.startBatch({ id, rows: rowsOf(['a cat', 'a dog']), notify });
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

/** The gateway against a real Temporal server: what is answered with 2xx is in the history, once. */
import { signToken } from '../../activities/callback';
import { ImagePipelineClient } from '../../client';
import { type Gateway, startGateway } from '../../gateway';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { EVENT, post, SECRETS } from './harness';

let server: TestTemporal;
let client: ImagePipelineClient;
let gateway: Gateway;
const lines: string[] = [];

beforeAll(async () => {
  // Without a worker workflows stay open, and what is signalled can be seen before anybody handles it.
  server = await startTestTemporal({ isOwn: true });
  client = await ImagePipelineClient.connect({ env: server.env });
  const settings = { secrets: SECRETS, host: '127.0.0.1', port: 0 };
  gateway = await startGateway(settings, client.temporal, (line) => lines.push(line));
});
afterAll(async () => {
  await gateway.close();
  await client.close();
  await server.stop();
});

function address(workflowId: string, submission = 1): string {
  return `${gateway.url}/callbacks/${signToken({ workflowId, run: 'run-1', key: 'key-1', submission }, SECRETS)}`;
}

async function fetchSignals(workflowId: string): Promise<readonly unknown[]> {
  const { events } = await client.temporal.workflow.getHandle(workflowId).fetchHistory();
  const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => signal ?? []);
  return signals.map(({ signalName, input }) => [
    signalName,
    JSON.parse(Buffer.from(input?.payloads?.[0]?.data ?? []).toString()),
  ]);
}

test('a thousand callbacks for one submission are one signal, without prompt and address', async () => {
  const { id } = await client.startImage({ request: { prompt: 'replayed' } });
  for (let wave = 0; wave < 20; wave += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(address(id), EVENT)));
    expect(new Set(answers)).toEqual(new Set([200]));
  }
  expect(await fetchSignals(id)).toEqual([
    ['jobCallback', { run: 'run-1', key: 'key-1', submission: 1, jobId: 'job_1', status: 'completed' }],
  ]);
});

test('a workflow that was never started, and one that has ended, are no reason to call again', async () => {
  const before = gateway.counters.gone;
  expect(await post(address('never-started'))).toBe(200);
  const { id } = await client.startImage({ request: { prompt: 'ended' } });
  await client.temporal.workflow.getHandle(id).terminate();
  expect(await post(address(id))).toBe(200);
  expect(gateway.counters.gone - before).toBe(2);
});

test('readiness follows Temporal, and without it a callback is answered with 503', async () => {
  const { id } = await client.startImage({ request: { prompt: 'unreachable' } });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  await server.stop();
  expect(await post(address(id))).toBe(503);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect(gateway.counters.unreachable).toBe(1);
  expect(lines.join('\n')).not.toContain(id);
});

/** Whether an attempt was in progress when an activity's time was over is told by the server, whatever the clocks of workers say. */
import { once } from 'node:events';
import { cancellationSignal } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { quiet } from '../support/quiet';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import type { Kind, timedOut } from './fixtures/timed-out';

let server: TestTemporal;
let client: Client;
let stop: () => Promise<void>;

async function act(kind: Kind): Promise<void> {
  if (kind === 'it hangs') await once(cancellationSignal(), 'abort');
  throw new Error('again');
}

beforeAll(async () => {
  quiet();
  server = await startTestTemporal();
  const { address, namespace } = server;
  const [connection, near] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  client = new Client({ connection, namespace });
  const worker = await Worker.create({
    connection: near,
    namespace,
    taskQueue: 'timed-out',
    workflowsPath: require.resolve('./fixtures/timed-out'),
    activities: { act },
  });
  const stopped = worker.run();
  stop = async () => {
    worker.shutdown();
    await stopped;
    await Promise.all([connection.close(), near.close()]);
    await server.stop();
  };
});
afterAll(() => stop());

async function findProblem(kind: Kind) {
  const args: [Kind] = [kind];
  const workflowId = kind.replaceAll(' ', '-');
  return client.workflow.execute<typeof timedOut>('timedOut', { taskQueue: 'timed-out', workflowId, args });
}

test('an activity that no worker took was never in progress', async () => {
  const problem = await findProblem('nobody takes it');
  expect(problem).toMatchObject({ kind: 'timeout', timeoutType: 'SCHEDULE_TO_START', isStarted: false });
});

test('what hung was in progress, although only the time for all attempts is over', async () => {
  const problem = await findProblem('it hangs');
  expect(problem).toMatchObject({ kind: 'timeout', timeoutType: 'SCHEDULE_TO_CLOSE', isStarted: true });
});

test('what was refused by every attempt was not in progress in between', async () => {
  // The server says so either by the time that is over or by the last failure, whose next attempt would come too late.
  const problem = await findProblem('it is refused again and again');
  expect(problem).not.toMatchObject({ isStarted: true });
  expect(['timeout', 'other']).toContain(problem.kind);
});

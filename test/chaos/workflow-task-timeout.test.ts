/** A worker lives through a turn that lasts longer than the SDK allows: its process may have been stopped meanwhile. */
import { Client, Connection } from '@temporalio/client';
import { parseWorkerSettings, startWorker } from '../../worker';
import { quiet } from '../support/quiet';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal } from '../support/temporal';

test('a turn that stood still for 6 s is finished, in one attempt', async () => {
  const server = await startTestTemporal();
  const { address, namespace } = server;
  quiet();
  const env = { IMAGEPIPELINE_API_KEY: 'ip_test_still', IMAGEPIPELINE_BASE_URL: 'http://127.0.0.1:9' };
  const worker = await startWorker({
    settings: parseWorkerSettings(env, tempFolder()),
    connection: { address },
    namespace,
    taskQueue: 'long-turns',
    code: { workflowsPath: require.resolve('./workflow-task-timeout-workflow') },
  });
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace });
    const handle = await client.workflow.start('standStill', { taskQueue: 'long-turns', workflowId: 'still' });
    expect(await handle.result()).toBe('went on');
    const { events } = await handle.fetchHistory();
    expect(events?.some(({ workflowTaskFailedEventAttributes: failed }) => failed != null)).toBe(false);
  } finally {
    await connection.close();
    await worker.stop();
    await server.stop();
  }
});

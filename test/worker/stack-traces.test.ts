/** Errors of workflows keep their stack traces; those of promises are not taken, which costs much less. */
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { parseWorkerSettings, startWorker } from '../../worker';
import { interceptorModules } from '../../worker/bundle';
import { quiet } from '../support/quiet';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal } from '../support/temporal';
import { until } from '../support/until';
import type { failing, waiting } from './failing-workflow';

const TASK_QUEUE = 'stack-traces';

test('an error of a workflow has a stack trace, and a promise has none', async () => {
  const server = await startTestTemporal();
  const { address, namespace } = server;
  quiet();
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('./failing-workflow'),
    workflowInterceptorModules: interceptorModules(),
    preloadModules: interceptorModules(),
    logger: new DefaultLogger('ERROR'),
  });
  const env = { IMAGEPIPELINE_API_KEY: 'ip_test_traces', IMAGEPIPELINE_BASE_URL: 'http://127.0.0.1:9' };
  const worker = await startWorker({
    settings: parseWorkerSettings(env, tempFolder()),
    connection: { address },
    namespace,
    taskQueue: TASK_QUEUE,
    code: { workflowBundle },
  });
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection, namespace });
    const failed = await workflow.start<typeof failing>('failing', { taskQueue: TASK_QUEUE, workflowId: 'failing' });
    const failure = await until('a workflow task has failed', async () => {
      const { events } = await failed.fetchHistory();
      return events?.find((event) => event.workflowTaskFailedEventAttributes != null)?.workflowTaskFailedEventAttributes
        ?.failure;
    });
    expect(failure.message).toMatch(/Cannot read properties of undefined/);
    expect(failure.stackTrace).toMatch(/^ +at findMissing \(.*:\d+:\d+\)\n +at failing \(.*:\d+:\d+\)/m);
    await failed.terminate();
    const waits = await workflow.start<typeof waiting>('waiting', { taskQueue: TASK_QUEUE, workflowId: 'waiting' });
    expect(await waits.query<string>('__stack_trace')).toBe('');
    await waits.terminate();
  } finally {
    await connection.close();
    await worker.stop();
    await server.stop();
  }
});

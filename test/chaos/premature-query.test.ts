/** A question that Temporal hands to the next worker, together with messages that came after it, spoils no history. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { interceptorModules } from '../../worker/bundle';
import { PREMATURE_QUERY, TASK_QUEUE } from '../../workflows/messages';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { startWorkerChild } from '../support/worker-child';
import { doneSignal, heardQuery, type listener, messageSignal } from './premature-query-workflow';

/** Longer than Temporal leaves a question to a worker that has died. */
const PATIENCE_MS = 25_000;
const IDS = ['one', 'two', 'three', 'four'];

const codePath = path.join(tempFolder(), 'listener.js');
let rig: Rig;

beforeAll(async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('./premature-query-workflow'),
    workflowInterceptorModules: interceptorModules(),
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(codePath, code);
  // What the workers of a rig run, in this process or in one of their own.
  process.env['TEST_WORKFLOW_BUNDLE'] = codePath;
  rig = await startRig({ worker: false });
});
afterAll(() => rig.close());

async function startListener(workflowId: string): Promise<WorkflowHandle<typeof listener>> {
  const handle = await rig.client.temporal.workflow.start<typeof listener>('listener', {
    workflowId,
    taskQueue: TASK_QUEUE,
  });
  await handle.signal(messageSignal);
  // From here on its worker is the one that Temporal leaves questions to.
  expect(await handle.query(heardQuery)).toBe(1);
  return handle;
}

/** A query that the server lost with the killed worker tells nothing, so it is asked again. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isLost = error instanceof ServiceError && error.message !== PREMATURE_QUERY;
      if (!isLost) throw error;
    }
  }
}

test('the messages are acted on in their turn, and another worker could carry on', async () => {
  const first = await startWorkerChild(rig);
  const listeners = await Promise.all(IDS.map(startListener));
  await rig.startWorker();
  first.send('SIGKILL');
  await first.ended;
  const ask = (handle: WorkflowHandle<typeof listener>) =>
    untilAnswered(() => rig.client.temporal.withDeadline(Date.now() + PATIENCE_MS, () => handle.query(heardQuery)));
  const asked = Promise.allSettled(listeners.map(ask));
  // The messages must find the questions with the server: nothing outside tells when those are.
  await sleep(1_000);
  await Promise.all(listeners.map((handle) => handle.signal(messageSignal)));
  const answers = await asked;
  // What was not acted on yet when the question was answered, tells a turn that came too early from one that was due.
  await Promise.all(listeners.map((handle) => handle.signal(messageSignal)));
  for (const answer of answers) {
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ message: PREMATURE_QUERY });
  }
  for (const handle of listeners) {
    await handle.signal(doneSignal);
    expect(await handle.result()).toBe(3);
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, await handle.fetchHistory(), handle.workflowId);
  }
});

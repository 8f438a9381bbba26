/** Images inside somebody else's workflow: an id is paid once, whatever becomes of the workflow around it. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities, createImagePipelineApi, createUndiciTransport, FilesystemStore } from '../../activities';
import { formatPrompt, SMALL } from '../support/images';
import { quiet } from '../support/quiet';
import { resetWorkflow } from '../support/reset-workflow';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import type { host } from './fixtures/host';

const QUEUE = 'hosts';

let rig: Rig;
let stop: () => Promise<void>;

beforeAll(async () => {
  quiet();
  rig = await startRig({ worker: false });
  const { address, namespace } = rig.server;
  const connection = await NativeConnection.connect({ address });
  const transport = createUndiciTransport();
  const api = createImagePipelineApi({
    baseUrl: rig.emulator.url,
    apiKey: rig.emulator.apiKey,
    transport: transport.send,
  });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: QUEUE,
    workflowsPath: require.resolve('./fixtures/host'),
    activities: createActivities({ api, store: new FilesystemStore(tempFolder()), random: () => 0 }),
  });
  const stopped = worker.run();
  stop = async () => {
    worker.shutdown();
    await stopped;
    await connection.close();
    await transport.close();
    await rig.close();
  };
});
afterAll(() => stop());

const wanted = (id: string, more: { readonly again?: true } = {}) => ({
  id,
  request: { prompt: formatPrompt(id), ...SMALL },
  ...more,
});
const findJobs = (id: string) => rig.emulator.ledger().jobs.filter(({ prompt }) => prompt === formatPrompt(id));

function run(workflowId: string, ...images: Parameters<typeof host>[0]) {
  return rig.client.temporal.workflow.execute<typeof host>('host', { taskQueue: QUEUE, workflowId, args: [images] });
}

test('an id that comes again is the image that was made of it; only again makes another', async () => {
  const [first, second, third] = await run('twice', wanted('a'), wanted('a'), wanted('a', { again: true }));
  expect(first).toMatchObject({ outcome: 'succeeded' });
  expect(second).toMatchObject({ jobId: first?.jobId, result: first?.result });
  expect(third?.jobId).not.toBe(first?.jobId);
  expect(findJobs('a')).toHaveLength(2);
});

test('an id whose answer was lost stays unknown until again is requested', async () => {
  const then = { fault: 'reset-after-accept', on: 'submit' } as const;
  rig.emulator.script({ match: { promptIncludes: formatPrompt('b') }, times: 1, then });
  const reports = await run('lost', wanted('b'), wanted('b'), wanted('b', { again: true }));
  expect(reports.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'succeeded']);
  expect(findJobs('b')).toHaveLength(2);
});

test('a reset of the workflow pays for nothing again', async () => {
  const reports = await run('host-reset', wanted('c'), wanted('d'));
  const runId = await resetWorkflow(rig.client.temporal, 'host-reset');
  const again = await rig.client.temporal.workflow.getHandle<typeof host>('host-reset', runId).result();
  expect(again.map(({ jobId }) => jobId)).toEqual(reports.map(({ jobId }) => jobId));
  expect([findJobs('c').length, findJobs('d').length]).toEqual([1, 1]);
});

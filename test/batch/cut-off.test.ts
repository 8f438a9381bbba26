/** Answers that a worker cannot report to Temporal: every job is kept, followed or fetched later, and paid once. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ImagePipelineApi } from '../../activities';
import { type Line, startLine } from '../../bench/chaos/line';
import type { RunningWorker } from '../../worker';
import { itemWorkflowId, pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { Gate } from '../support/gate';
import { findJobs, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { startRigWorker } from '../support/rig-worker';
import { until } from '../support/until';
import { accepted, formatKey, formatRowPrompt, jobsByKey, listResults, pickCounts, startBatch } from './batch-fixtures';

const ID = 'cut-off';
const ENDED = 'ended-by-hand';
/** Its rows are workflows of their own. */
const CHILDREN = 'cut-off-children';
const ROWS = 12;
/** The limits of the account are discovered by as many jobs as this. */
const DISCOVERY = 60;

let rig: Rig;
let line: Line;
let first: RunningWorker;
/** Answers that are held back until a test lets them through. */
const gates = {
  /** While Temporal still waits for them. */
  slow: new Gate(),
  /** For the first row: when Temporal has given up. */
  verySlow: new Gate(),
  /** When the batch has ended. */
  ended: new Gate(),
};

function findGate(prompt: string): Gate | null {
  if (prompt.includes(ENDED)) return gates.ended;
  if (!prompt.includes(ID)) return null;
  return prompt.startsWith(formatRowPrompt(ID, formatKey(0))) ? gates.verySlow : gates.slow;
}

function holdBack(real: ImagePipelineApi): ImagePipelineApi {
  return {
    ...real,
    submit: async (operation, request) => {
      const verdict = await real.submit(operation, request);
      await findGate(String(request['prompt']))?.pass();
      return verdict;
    },
  };
}

beforeAll(async () => {
  rig = await startRig({ worker: false, api: holdBack });
  line = await startLine(rig.server.address);
  first = await startRigWorker({ ...rig.worker, address: line.address }, { api: holdBack });
});
afterAll(async () => {
  await first.stop();
  await rig.close();
  await line.cut();
});

async function hasPendingPost(workflowId: string): Promise<boolean> {
  const { raw } = await rig.client.temporal.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'submitJob');
}

/** Jobs of a batch that are in the store because Temporal did not take them. */
function countRecorded(id: string): number {
  const folder = path.join(rig.store, 'batches', id, 'outcomes');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.includes('-unreported-')).length : 0;
}

test('because it is cut off for longer than Temporal waits', async () => {
  await (await startBatch(rig, 'discovery', DISCOVERY, { concurrency: null })).result();
  const batch = await startBatch(rig, ID, ROWS, { concurrency: ROWS });
  const children = await startBatch(rig, CHILDREN, 2, { workflowPerImage: true });
  const item = await start(rig.client, 'cut-off-item');
  await until('every POST is under way', () => accepted(rig, ID) === ROWS && accepted(rig, CHILDREN) === 2);
  await until('that of the item, too', () => findJobs(rig, item.id).length === 1);
  await line.cut();
  gates.slow.open();
  await rig.startWorker();
  await until('Temporal has given up all of them', async () => {
    const owners = [pageWorkflowId(ID, 0), item.id, ...[0, 1].map((row) => itemWorkflowId(CHILDREN, formatKey(row)))];
    return (await Promise.all(owners.map(hasPendingPost))).every((isPending) => !isPending);
  });
  gates.verySlow.open();
  await line.restore();
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: ROWS });
  expect(last).toMatchObject({ submissions: ROWS, possibleDuplicates: 0 });
  const jobs = jobsByKey(rig, ID);
  for (const { key, jobId } of await listResults(rig, ID)) expect(jobs.get(key)).toMatchObject([{ jobId }]);
  expect(await item.report()).toMatchObject({ outcome: 'succeeded', jobId: findJobs(rig, item.id)[0]?.jobId });
  expect(pickCounts(await children.result())).toEqual({ succeeded: 2 });
  const all = DISCOVERY + ROWS + 2 + 1;
  expect(rig.emulator.ledger()).toMatchObject({ submits: all, accepted: all });
});

test('because an operator has terminated the batch and its page', async () => {
  const batch = await startBatch(rig, ENDED, 2);
  await until('every POST is under way', () => accepted(rig, ENDED) === 2);
  const { workflow } = rig.client.temporal;
  await Promise.all([pageWorkflowId(ENDED, 0), ENDED].map((id) => workflow.getHandle(id).terminate()));
  gates.ended.open();
  await until('both jobs are recorded', () => countRecorded(ENDED) === 2);
  expect(await batch.redrive()).toMatchObject({ selected: 2, fetched: 2, possiblyPaid: 0 });
  const last = await rig.client.batch(ENDED).result();
  expect(pickCounts(last)).toEqual({ succeeded: 2 });
  expect(accepted(rig, ENDED)).toBe(2);
});

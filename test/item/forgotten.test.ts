/** What Temporal forgets of a single item, by a reset, by its retention or by a backup, is not paid again. */
import { FilesystemStore } from '../../activities';
import type { CompletedItem } from '../../client';
import { withUpdate } from '../../workflows/domain/item/journal-entry';
import { formatPrompt, SMALL, start } from '../support/images';
import { type LastingRig, startLastingRig } from '../support/lasting-rig';
import { resetWorkflow } from '../support/reset-workflow';
import { until } from '../support/until';

let rig: LastingRig;

beforeAll(async () => {
  rig = await startLastingRig();
});
afterAll(() => rig.close());

const findJobs = (id: string) => rig.emulator.ledger().jobs.filter(({ prompt }) => prompt === formatPrompt(id));
const openHandle = (id: string) => rig.client.temporal.workflow.getHandle(id);

function script(id: string, then: Parameters<typeof rig.emulator.script>[0]['then'], times: number): void {
  rig.emulator.script({ match: { promptIncludes: formatPrompt(id) }, times, then });
}

const reset = (id: string) => resetWorkflow(rig.client.temporal, id);

/** As the retention does. */
async function forget(id: string): Promise<void> {
  const workflowExecution = { workflowId: id };
  await rig.client.temporal.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  await until('it is gone', () =>
    openHandle(id)
      .describe()
      .then(() => false)
      .catch(() => true),
  );
}

describe('a reset', () => {
  test('of an image that succeeded sends nothing and gives the same result', async () => {
    const first = await (await start(rig.client, 'reset-made')).result();
    await reset('reset-made');
    const second = await rig.client.item('reset-made').result();
    expect(second).toMatchObject({
      jobId: first.jobId,
      result: { file: first.result.file, sha256: first.result.sha256 },
    });
    expect(findJobs('reset-made')).toHaveLength(1);
  });

  test('of an image whose first job failed takes over the second one', async () => {
    script('reset-retried', { failJob: 'MODEL_ERROR', jobMs: 0 }, 1);
    const first = await (await start(rig.client, 'reset-retried')).result();
    await reset('reset-retried');
    expect(await rig.client.item('reset-retried').result()).toMatchObject({ jobId: first.jobId });
    expect(findJobs('reset-retried')).toHaveLength(2);
  });

  test('of an image whose last job failed submits again by the table, for failed jobs are free', async () => {
    script('reset-failed', { failJob: 'MODEL_ERROR', jobMs: 0 }, 5);
    const failed = await (await start(rig.client, 'reset-failed')).report();
    expect(failed).toMatchObject({ code: 'MODEL_ERROR' });
    expect(findJobs('reset-failed')).toHaveLength(4);
    await reset('reset-failed');
    expect(await rig.client.item('reset-failed').result()).toMatchObject({ outcome: 'succeeded' });
    expect(findJobs('reset-failed').filter(({ status }) => status === 'completed')).toHaveLength(1);
  });

  test('of an image whose answer was lost stays unknown, again and again', async () => {
    script('reset-lost', { fault: 'reset-after-accept', on: 'submit' }, 1);
    expect(await (await start(rig.client, 'reset-lost')).report()).toMatchObject({ outcome: 'unknown' });
    for (const _ of [1, 2]) {
      await reset('reset-lost');
      const report = await rig.client.item('reset-lost').report();
      expect(report).toMatchObject({ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' });
      expect(report.message).toContain('nothing was sent');
    }
    expect(findJobs('reset-lost')).toHaveLength(1);
  });

  test('of an image that was refused sends it again, for nothing was accepted', async () => {
    script('reset-refused', { status: 422, body: { detail: 'too wide' } }, 1);
    expect(await (await start(rig.client, 'reset-refused')).report()).toMatchObject({ code: 'INPUT_INVALID' });
    await reset('reset-refused');
    expect(await rig.client.item('reset-refused').result()).toMatchObject({ outcome: 'succeeded' });
    expect(findJobs('reset-refused')).toHaveLength(1);
  });
});

describe('a history that is gone', () => {
  let made: CompletedItem;
  let statusReads: number | undefined;

  /** Together, for the server takes its time to delete a workflow. */
  beforeAll(async () => {
    script('gone-running', { jobMs: 3_000 }, 1);
    const images = await Promise.all(['gone-made', 'gone-running', 'gone-other'].map((id) => start(rig.client, id)));
    made = (await images[0]?.result()) as CompletedItem;
    await images[2]?.result();
    statusReads = findJobs('gone-made')[0]?.statusReads;
    await until('the job under way is known', async () => (await images[1]?.status())?.jobId);
    await openHandle('gone-running').terminate('a test');
    await Promise.all(images.map(({ id }) => forget(id)));
  });

  test('is no reason to pay again: the job is taken over, and its stored result is given without a read', async () => {
    const again = await start(rig.client, 'gone-made');
    expect(again.alreadyStarted).toBe(false);
    expect(await again.result()).toMatchObject({ jobId: made.jobId, result: made.result });
    expect(findJobs('gone-made')).toMatchObject([{ statusReads }]);
  });

  test('of an image in progress is taken over too', async () => {
    const report = await (await start(rig.client, 'gone-running')).result();
    expect(findJobs('gone-running')).toMatchObject([{ jobId: report.jobId }]);
  });

  test('leaves the id to its request: another one under the same id is refused before it is paid', async () => {
    const request = { prompt: formatPrompt('gone-other-2'), width: 32, height: 32 };
    const other = await (await rig.client.startImage({ id: 'gone-other', request })).report();
    expect(other).toMatchObject({ outcome: 'failed', code: 'ID_TAKEN' });
    expect(other.message).toMatch(
      /"gone-other" was used for an item of another request, of which gone-other\.png is stored; nothing/,
    );
    expect(findJobs('gone-other-2')).toEqual([]);
  });
});

describe('running an image again', () => {
  test('that failed submits it again', async () => {
    script('again-failed', { failJob: 'INPUT_INVALID', jobMs: 0 }, 1);
    await (await start(rig.client, 'again-failed')).report();
    const again = await start(rig.client, 'again-failed', { again: true });
    expect(await again.result()).toMatchObject({ outcome: 'succeeded' });
    expect(findJobs('again-failed')).toHaveLength(2);
  });

  test('whose job was given up fetches it first, and pays nothing', async () => {
    script('again-overdue', { jobMs: 4_000 }, 1);
    const first = await (await start(rig.client, 'again-overdue', { jobTimeBudgetMs: 500 })).report();
    expect(first).toMatchObject({ outcome: 'unknown', code: 'JOB_OVERDUE' });
    const again = await start(rig.client, 'again-overdue', { again: true });
    expect(await again.result()).toMatchObject({ jobId: first.jobId });
    expect(findJobs('again-overdue')).toHaveLength(1);
  });

  test('whose job is not known pays only if that is allowed', async () => {
    script('again-lost', { fault: 'reset-after-accept', on: 'submit' }, 1);
    await (await start(rig.client, 'again-lost')).report();
    const cautious = await start(rig.client, 'again-lost', { again: true });
    expect(await cautious.report()).toMatchObject({ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' });
    expect(findJobs('again-lost')).toHaveLength(1);
    const bold = await start(rig.client, 'again-lost', { again: true, allowUnknown: true });
    expect(await bold.result()).toMatchObject({ outcome: 'succeeded' });
    expect(findJobs('again-lost')).toHaveLength(2);
  });
});

test('an item of several steps that is forgotten keeps them, and its id', async () => {
  const startSteps = (id: string, style: string) => {
    const edit = { prompt: `${formatPrompt(id)} ${style}`, input_image: '{{steps.base}}' };
    const steps = [
      { id: 'base', operation: 'generate/image', fields: { prompt: formatPrompt(id), ...SMALL } },
      { id: 'edited', operation: 'edit/image', fields: edit },
    ] as const;
    return rig.client.startItem({ id, recipe: { steps } });
  };
  const ids = ['steps-same', 'steps-other', 'steps-single'] as const;
  const [first] = await Promise.all(ids.map(async (id) => (await startSteps(id, 'red')).report()));
  await Promise.all(ids.map(forget));
  const [same, other, single] = ids;
  expect(await (await startSteps(same, 'red')).report()).toMatchObject({ outcome: 'succeeded', files: first?.files });
  const taken = { outcome: 'failed', code: 'ID_TAKEN' };
  expect(await (await startSteps(other, 'blue')).report()).toMatchObject(taken);
  expect(await (await start(rig.client, single)).report()).toMatchObject(taken);
  const { jobs } = rig.emulator.ledger();
  expect(ids.map((id) => jobs.filter(({ prompt }) => prompt.startsWith(formatPrompt(id))).length)).toEqual([2, 2, 2]);
});

describe('a job that became known after its item had ended', () => {
  test.each([{}, { allowUnknown: true }])('is fetched when the item is run again: %j', async (allowed) => {
    const id = `again-late-${Object.keys(allowed).length}`;
    script(id, { fault: 'reset-after-accept', on: 'submit' }, 1);
    const unknown = await (await start(rig.client, id)).report();
    expect(unknown).toMatchObject({ outcome: 'unknown', jobId: null });
    const [job] = findJobs(id);
    const { submissions } = new FilesystemStore(rig.store);
    const entry = await submissions.read(id);
    if (entry === null || job === undefined) throw new Error('nothing was submitted');
    await submissions.create(withUpdate(entry, { state: 'accepted', jobId: job.jobId }));
    const again = await start(rig.client, id, { again: true, ...allowed });
    expect(await again.result()).toMatchObject({ outcome: 'succeeded', jobId: job.jobId });
    expect(findJobs(id)).toHaveLength(1);
  });
});

describe('a database that is put back to an older copy', () => {
  test('knows nothing of the image: it is started again, and its job is taken over', async () => {
    await rig.stopWorker();
    await rig.killServer();
    const copy = rig.copyDatabase();
    await rig.startServer();
    await rig.startWorker();
    const first = await (await start(rig.client, 'backup-new')).result();
    await putBack(copy);
    const again = await start(rig.client, 'backup-new');
    expect(again.alreadyStarted).toBe(false);
    expect(await again.result()).toMatchObject({ jobId: first.jobId });
    expect(findJobs('backup-new')).toHaveLength(1);
  });

  test('knows the image as one that was never submitted: the same run continues with the job', async () => {
    await rig.stopWorker();
    await start(rig.client, 'backup-started');
    await rig.killServer();
    const copy = rig.copyDatabase();
    await rig.startServer();
    await rig.startWorker();
    const first = await rig.client.item('backup-started').result();
    const { runId } = await openHandle('backup-started').describe();
    await putBack(copy);
    expect(await rig.client.item('backup-started').result()).toMatchObject({ jobId: first.jobId });
    expect((await openHandle('backup-started').describe()).runId).toBe(runId);
    expect(findJobs('backup-started')).toHaveLength(1);
  });

  async function putBack(copy: string): Promise<void> {
    await rig.stopWorker();
    await rig.killServer();
    rig.restoreDatabase(copy);
    await rig.startServer();
    await rig.startWorker();
  }
});

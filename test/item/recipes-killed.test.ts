/** A worker is killed at each boundary of single items of three steps: no step is paid twice, and none is lost. */
import type { RecipeOptions } from '../../client';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { startWorkerChild } from '../support/worker-child';

const STEPS = ['base', 'edited', 'large'] as const;

const recipe: RecipeOptions = {
  steps: [
    { id: 'base', operation: 'generate/image', fields: { prompt: '{{key}} at base.', width: 32, height: 32 } },
    { id: 'edited', operation: 'edit/image', fields: { prompt: '{{key}} at edited.', input_image: '{{steps.base}}' } },
    {
      id: 'large',
      operation: 'background/change/image',
      fields: { prompt: '{{key}} at large.', input_image: ['{{steps.edited}}'] },
    },
  ],
};

let rig: Rig;

const start = (id: string, more: object = {}) => rig.client.startItem({ id, recipe, ...more });

function countJobs(id: string): readonly number[] {
  const { jobs } = rig.emulator.ledger();
  return STEPS.map((step) => jobs.filter(({ prompt }) => prompt === `${id} at ${step}.`).length);
}

beforeAll(async () => {
  rig = await startRig({ worker: false });
  const { emulator } = rig;
  const first = await startWorkerChild(rig);
  emulator.script({ times: 1, then: { fault: 'hang', on: 'upload' } });
  await start('upload');
  await until('an upload hangs', () => emulator.ledger().faults['upload:hang'] === 1);
  const held = {
    posted: { fault: 'hang-after-accept', on: 'submit' },
    running: { fault: 'hang', on: 'status' },
    download: { fault: 'hang', on: 'result' },
  } as const;
  for (const [id, then] of Object.entries(held))
    emulator.script({ times: 1, match: { promptIncludes: `${id} at edited.` }, then });
  await Promise.all(Object.keys(held).map((id) => start(id)));
  await until('an item is held in each step', () => {
    const { faults } = emulator.ledger();
    return ['submit:hang-after-accept', 'status:hang', 'result:hang'].every((name) => faults[name] === 1);
  });
  first.send('SIGKILL');
  await first.ended;
  await startWorkerChild(rig);
});
afterAll(() => rig.close());

test.each([
  ['during the upload of its second input', 'upload'],
  ['while its second job ran', 'running'],
  ['during the download of its second file', 'download'],
])('%s', async (_when, id) => {
  const report = await rig.client.item(id).report();
  expect(report).toMatchObject({
    outcome: 'succeeded',
    steps: STEPS.map((step) => ({ id: step, outcome: 'succeeded' })),
  });
  expect(countJobs(id)).toEqual([1, 1, 1]);
});

test('after a POST whose answer was lost: the step is unknown, and only a second payment that is allowed sends it', async () => {
  const report = await rig.client.item('posted').report();
  expect(report).toMatchObject({ outcome: 'unknown', steps: [{ outcome: 'succeeded' }, { outcome: 'unknown' }] });
  expect(await (await start('posted', { again: true })).report()).toMatchObject({ outcome: 'unknown' });
  expect(countJobs('posted')).toEqual([1, 1, 0]);
  const paid = await start('posted', { again: true, allowUnknown: true });
  expect(await paid.report()).toMatchObject({ outcome: 'succeeded' });
  expect(countJobs('posted')).toEqual([1, 2, 1]);
});

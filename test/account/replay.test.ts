/**
 * Governors and held batches that began under an older version must continue under this one. To record them anew:
 * `RECORD_HISTORIES=1 npx jest test/account/replay`
 */
import path from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { startBatch, untilStatus } from '../batch/batch-fixtures';
import { start } from '../support/images';
import { KeptHistories } from '../support/kept-histories';
import { startRig } from '../support/rig';
import { getGovernor, untilAccount } from './accounts';

const HISTORIES = new KeptHistories(path.join(__dirname, 'histories'));
const ID = 'held-batch';
const IMAGES = 'governor.images.jsonl';
/** Workflow ids by the file of their history. */
const FILES: Readonly<Record<string, string>> = {
  [IMAGES]: '~account/default',
  'governor.jsonl': '~account/default',
  'held-batch.jsonl': ID,
  'held-batch.page.jsonl': `${ID}/page-000000`,
};

beforeAll(() => HISTORIES.prepare(() => recordBatch().then(recordImages)), 120_000);

/** A batch that finds a limit and runs out of credits, and an image beside it. */
async function recordBatch(): Promise<void> {
  const rig = await startRig({ emulator: { jobTime: { medianMs: 300, sigma: 0 }, maxConcurrentJobs: 5, credits: 12 } });
  try {
    const batch = await startBatch(rig, ID, 24, { concurrency: null });
    await untilAccount('it is held', rig, ({ hold }) => hold !== null);
    const image = await start(rig.client, 'beside', { waitWhileHeld: true });
    await untilAccount('the image waits', rig, ({ holders }) => holders.length === 2);
    await untilStatus('nothing is in flight', batch, ({ counts }) => counts.running === 0);
    await rig.client.account().resume();
    await untilAccount('it is held again', rig, ({ decisions }) => /again/.test(decisions.at(-1)?.words ?? ''));
    rig.emulator.setLimits({ credits: 1_000 });
    await rig.client.account().resume();
    await Promise.all([batch.result(), image.result()]);
    for (const [file, id] of Object.entries(FILES)) await HISTORIES.keep(rig, id, file);
    await getGovernor(rig).terminate('recorded');
  } finally {
    await rig.close();
  }
}

/** Images that raise the limit by what they leave: eight at once, then more. */
async function recordImages(): Promise<void> {
  const rig = await startRig({ emulator: { jobTime: { medianMs: 300, sigma: 0 } } });
  try {
    const images = await Promise.all(Array.from({ length: 24 }, (_, n) => start(rig.client, `image-${n}`)));
    await Promise.all(images.map((image) => image.result()));
    await HISTORIES.keep(rig, FILES[IMAGES] ?? '', IMAGES);
    await getGovernor(rig).terminate('recorded');
  } finally {
    await rig.close();
  }
}

function replay(file: string, change?: (text: string) => string): Promise<void> {
  return HISTORIES.replay(file, FILES[file] ?? '', change);
}

test('every kept history is replayed', () => {
  expect(HISTORIES.names()).toEqual(Object.keys(FILES).sort());
});

test.each(Object.keys(FILES))('the history %s replays against the workflows of today', async (file) => {
  // Without the flags of the SDK replaying would prove nothing.
  expect(HISTORIES.flagsOf(file).length).toBeGreaterThan(0);
  await replay(file);
});

test.each([
  [IMAGES, '"name":"requestRegistrations"'],
  ['governor.jsonl', '"name":"requestRegistrations"'],
  ['held-batch.jsonl', '"name":"joinAccount"'],
  ['held-batch.page.jsonl', '"name":"submitJob"'],
])('the history %s is refused if it did something else than %s', async (file, step) => {
  const [name, value] = step.split(':');
  const other = (text: string) => text.replaceAll(`${name}:${value}`, `${name}:"somethingElse"`);
  await expect(replay(file, other)).rejects.toThrow(DeterminismViolationError);
});

/** A batch, its keys, images and an account whose names every plain object answers to, continued as new every few events. */
import { FilesystemStore } from '../../activities/store';
import { as } from '../account/accounts';
import { FOREIGN_NAMES } from '../support/foreign-names';
import { start } from '../support/images';
import { MANIFEST_FIELDS } from '../support/manifest-fields';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { formatRowPrompt, jobsByKey, listResults, pickCounts } from './batch-fixtures';

const ID = 'constructor';
const HOUR = 3_600_000;
const OTHERS = Array.from({ length: 20 }, (_, number) => `k${number}`);
const KEYS = [...FOREIGN_NAMES, ...OTHERS];

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 200, sigma: 0.4 } }, fewEvents: 'few' });
});
afterAll(() => rig.close());

async function startForeign(own: Rig) {
  const { batches } = new FilesystemStore(rig.store);
  const rows = KEYS.map((key) => {
    const request = { prompt: formatRowPrompt(ID, key), width: 32, height: 32, output_format: 'png' };
    return { key, operation: 'generate/image' as const, request };
  });
  const rowsHash = 'abc0';
  await batches.writePart({ batchId: ID, part: 0, rowsHash }, rows);
  const manifest = { ...MANIFEST_FIELDS, batchId: ID, parts: [rows.length], rowsHash };
  await batches.createManifest(manifest);
  const settings = {
    concurrency: 4,
    items: { deadlineMs: HOUR },
    parts: manifest.parts,
    rowsHash,
    account: '__proto__',
  };
  return own.client.startPlanned(ID, settings, manifest.sha256);
}

test('every item is made once, with a budget for the day and images of such names beside it', async () => {
  const own = await as(rig, '__proto__');
  await own.client.account().set({ budget: { submissions: 1_000 } });
  const batch = await startForeign(own);
  const page = rig.client.temporal.workflow.getHandle(`${ID}/page-000000`);
  const first = await until('the page is there', () => page.describe().catch(() => null));
  const images = await Promise.all(['toString', 'valueOf'].map((id) => start(own.client, id)));
  expect((await Promise.all(images.map((image) => image.result()))).map(({ outcome }) => outcome)).toEqual([
    'succeeded',
    'succeeded',
  ]);
  expect(pickCounts(await batch.result())).toEqual({ succeeded: KEYS.length });
  expect((await page.describe()).runId).not.toBe(first.runId);
  expect([...jobsByKey(rig, ID)].map(([key, jobs]) => [key, jobs.length]).sort()).toEqual(
    KEYS.map((key) => [key, 1]).sort(),
  );
  expect((await listResults(rig, ID)).map(({ key }) => key)).toEqual(KEYS);
  const status = await until('all of it is counted', async () => {
    const { day, holders } = await own.client.account().status();
    return holders.length === 0 ? day : null;
  });
  expect(status.spent.submissions).toBe(KEYS.length + 2);
});

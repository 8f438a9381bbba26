/**
 * The store takes no results for a while in the middle of a batch: paying stops at twice the limit, with the reason everywhere,
 * and continues automatically. With FULL_TESTS as large and as long as people have seen it.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, parseStoreSettings } from '../../activities/store';
import type { ResultStore } from '../../activities/store/result-store';
import type { BatchHandle } from '../../client/batches/batch-handle';
import { as, getGovernor, jobsSince, untilAccount } from '../account/accounts';
import { startStubS3 } from '../activities/store/stub-s3';
import { catchError, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { accepted, startBatch, untilStatus } from './batch-fixtures';

const { rows, awayMs } = process.env['FULL_TESTS'] ? { rows: 500, awayMs: 30_000 } : { rows: 120, awayMs: 5_000 };
const LIMIT = 10;
/** A folder that became a file: making it meets EEXIST, linking a staged file into it ENOTDIR. */
const FOLDER_FAULT = /EEXIST|ENOTDIR/;
const ROOT_FAULT = /ENOENT|is not there any more/;
/** Where it is not the folder of the rig. */
let bucket: ResultStore | null = null;

jest.setTimeout(240_000);

/** Results go to the bucket, if there is one; rows and outcomes stay in the folder. */
function withBucket(real: ResultStore): ResultStore {
  const placed: Pick<ResultStore, 'stage' | 'keep' | 'discard'> = {
    stage: (place, tag) => (bucket ?? real).stage(place, tag),
    keep: (staged) => (bucket ?? real).keep(staged),
    discard: (file) => (bucket ?? real).discard(file),
  };
  return Object.assign(Object.create(real) as ResultStore, placed);
}

const rigs: Record<string, Rig> = {};
const startOne = (callbacks: boolean) =>
  startRig({ callbacks, delays: 0.05, store: withBucket, emulator: { jobTime: { medianMs: 250, sigma: 0.3 } } });

beforeAll(async () => {
  const [told, silent] = await Promise.all([startOne(true), startOne(false)]);
  Object.assign(rigs, { told, silent });
});
afterEach(() => {
  bucket = null;
});
afterAll(() => Promise.all(Object.values(rigs).map((rig) => rig.close())));

/** Something that can be broken and repaired. */
interface Fragile {
  breakIt(): void;
  repair(): void;
}

/** As a folder that nobody can write to: root may write to any other. */
function openFolder(rig: Rig, id: string): Fragile {
  const images = path.join(rig.store, 'batches', id, 'items');
  return {
    breakIt: () => {
      renameSync(images, `${images}.away`);
      writeFileSync(images, '');
    },
    repair: () => {
      rmSync(images);
      renameSync(`${images}.away`, images);
    },
  };
}

/** As a file system that is no longer mounted: its mount point is empty, or not there. */
function openRoot({ store }: Rig, isMountPoint: boolean): Fragile {
  return {
    breakIt: () => {
      renameSync(store, `${store}.away`);
      if (isMountPoint) mkdirSync(store);
    },
    repair: () => {
      rmSync(store, { recursive: true, force: true });
      renameSync(`${store}.away`, store);
    },
  };
}

async function newBucket(): Promise<Fragile> {
  const stub = await startStubS3();
  const env = {
    IMAGEPIPELINE_STORE: 's3://some-bucket/p',
    IMAGEPIPELINE_S3_ENDPOINT: stub.url,
    AWS_ACCESS_KEY_ID: 'AKIAOFTHETEST0000000',
    AWS_SECRET_ACCESS_KEY: 'never-to-be-shown',
  };
  Object.assign(process.env, env);
  bucket = openStore(parseStoreSettings(env, '/w', [])).results;
  return {
    breakIt: () => {
      stub.refuse = ({ method }) => (method === 'PUT' ? { status: 403, code: 'AccessDenied' } : null);
    },
    repair: () => {
      stub.refuse = () => null;
    },
  };
}

const FRAGILE = {
  folder: openFolder,
  bucket: () => newBucket(),
  moved: (rig: Rig) => openRoot(rig, false),
  unmounted: (rig: Rig) => openRoot(rig, true),
};

const fetchDetails = async (handle: { query(name: string): Promise<unknown> }) =>
  JSON.stringify(await handle.query('__temporal_workflow_metadata'));

async function seesReason(own: Rig, batch: BatchHandle, words: RegExp): Promise<void> {
  const { hold, holds } = await untilAccount('it is held', own, (status) => status.hold !== null);
  expect(hold).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: expect.stringMatching(words) });
  expect(holds).toMatchObject([{ code: 'STORE_UNAVAILABLE', operation: null }]);
  const status = await untilStatus('it says so', batch, ({ reason }) => reason !== null);
  expect(status.reason).toMatch(words);
  // A workflow writes its details once its messages to others are sent.
  for (const workflow of [own.client.temporal.workflow.getHandle(batch.id), getGovernor(own)]) {
    await until('its details say so', async () => words.test(await fetchDetails(workflow)));
  }
}

test.each<[string, keyof typeof FRAGILE, RegExp]>([
  ['told', 'folder', FOLDER_FAULT],
  ['silent', 'folder', FOLDER_FAULT],
  ['told', 'bucket', /AccessDenied/],
  ['silent', 'bucket', /AccessDenied/],
  ['told', 'moved', ROOT_FAULT],
  ['silent', 'unmounted', ROOT_FAULT],
])('callbacks %s, away is the %s', async (name, kind, words) => {
  const rig = rigs[name] as Rig;
  const id = `${name}-${kind}`;
  const own = await as(rig, id);
  const store = await FRAGILE[kind](rig, id);
  const batch = await startBatch(own, id, rows, { concurrency: LIMIT });
  await until('a fifth has ended', async () => (await batch.status()).counts.succeeded >= rows / 5);
  store.breakIt();
  const brokeAt = Date.now();
  await seesReason(own, batch, words);
  expect(await catchError(await start(own.client, `new-${id}`))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await sleep(brokeAt + awayMs - Date.now());
  const paid = jobsSince(own, brokeAt).filter(({ prompt }) => prompt.includes(`for the batch ${id}.`));
  expect(paid.length).toBeLessThanOrEqual(2 * LIMIT);
  if (process.env['STORE_AWAY_FIGURES'])
    process.stderr.write(`FIGURE ${id} ${paid.length}
`);
  store.repair();
  const last = await batch.result();
  expect(last).toMatchObject({ state: 'completed', reason: null, counts: { succeeded: rows } });
  expect(accepted(own, id)).toBe(rows);
});

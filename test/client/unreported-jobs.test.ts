/** Jobs that only the store knows are in the results of a batch, and are fetched by a redrive. */
import { readItems } from '../../activities/store';
import { FiledBatchStore } from '../../activities/store/filed-batch-store';
import { RowSpool } from '../../client/batches/batch-manifest';
import { selectForRedrive } from '../../client/batches/redrive-selection';
import { MANIFEST_FIELDS } from '../support/manifest-fields';
import { MemoryFiles } from '../support/memory-files';

const BATCH = 'b';
const JOB = 'job_1';

/** Its page has begun and ended without outcomes; the job of the first item is recorded. */
async function makeBatch() {
  const store = new FiledBatchStore(new MemoryFiles());
  const rows = ['a', 'b'].map((key) => ({ key, operation: 'generate/image' as const, request: { prompt: key } }));
  await store.writePart({ batchId: BATCH, part: 0, rowsHash: 'a0' }, rows);
  const manifest = await store.createManifest({ ...MANIFEST_FIELDS, batchId: BATCH, parts: [2], rowsHash: 'a0' });
  await store.beginPart(BATCH, 0, 'page-run', null);
  const job = { key: 'a', run: 'run-1', submission: 1, jobId: JOB, acceptedAt: '2026-01-01T00:00:00.000Z' };
  await store.recordUnreported(BATCH, 0, job);
  return { store, manifest, rows };
}

test('of an item without an outcome: a redrive fetches its job, and leaves the others unknown', async () => {
  const { store, manifest, rows } = await makeBatch();
  const spool = new RowSpool();
  try {
    const selection = await selectForRedrive(store, manifest, {}, spool);
    expect(selection).toMatchObject({ selected: 1, fetched: 1, possiblyPaid: 0, leftUnknown: 1 });
    const selected = [];
    for await (const row of spool.all()) selected.push(row);
    const earlier = { outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' };
    expect(selected).toEqual([{ ...rows[0], jobId: JOB, afterFetch: 'end', earlier }]);
  } finally {
    await spool.close();
  }
});

test('once it is fetched, it is one submission', async () => {
  const { store, manifest, rows } = await makeBatch();
  const fetched = { jobId: JOB, code: 'MODEL_ERROR' };
  const failed = {
    outcome: 'failed',
    jobId: null,
    code: 'MODEL_ERROR',
    message: 'no',
    submissions: [],
    fetched,
  } as const;
  const nothing = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };
  await store.writePart({ batchId: BATCH, part: 1, rowsHash: 'a1' }, rows.slice(0, 1));
  await store.addRun(manifest, { parts: [1], rowsHash: 'a1', server: manifest.server });
  await store.beginPart(BATCH, 1, 'page-run', null);
  await store.writeOutcomes(BATCH, 1, 1, [{ key: 'a', ...nothing, ...failed }]);
  const now = await store.readManifest(BATCH);
  const found = [];
  for await (const item of readItems(store, now ?? manifest)) found.push(item);
  expect(found[0]?.submissions).toEqual([{ ...fetched, refusals: {} }]);
  expect(found[0]?.line).toMatchObject({ outcome: 'failed', submissions: [{ jobId: JOB }] });
  expect(found[1]).toMatchObject({ line: null, submissions: [] });
});

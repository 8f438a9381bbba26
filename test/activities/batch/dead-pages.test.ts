/** The items of a page that ended without a report: what is counted is what results say. */
import { closeDeadPage } from '../../../activities/batch/dead-pages';
import { FilesystemStore, readItems } from '../../../activities/store';
import { MANIFEST_FIELDS } from '../../support/manifest-fields';
import { tempFolder } from '../../support/temp-folder';

const BATCH = 'b';
const PAGE = { batchId: BATCH, part: 0, rowsHash: 'a0' };

test('jobs that their workers could only record in the store count as submissions', async () => {
  const store = new FilesystemStore(tempFolder());
  const { batches } = store;
  const rows = ['a', 'b', 'c'].map((key) => ({ key, operation: 'generate/image' as const, request: { prompt: key } }));
  await batches.writePart(PAGE, rows);
  const manifest = await batches.createManifest({ ...MANIFEST_FIELDS, batchId: BATCH, parts: [3], rowsHash: 'a0' });
  await batches.beginPart(BATCH, 0, 'page-run', null);
  const none = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };
  const submissions = [{ jobId: 'job_a', code: 'MODEL_ERROR', refusals: {} }];
  const failed = { ...none, outcome: 'failed', jobId: 'job_a', code: 'MODEL_ERROR', message: null } as const;
  await batches.writeOutcomes(BATCH, 0, 1, [{ ...failed, key: 'a', submissions }], 'page-run');
  const job = { run: 'page-run', submission: 1, acceptedAt: '2026-01-01T00:00:00.000Z' };
  await batches.recordUnreported(BATCH, 0, { ...job, key: 'a', jobId: 'job_a' });
  await batches.recordUnreported(BATCH, 0, { ...job, key: 'b', jobId: 'job_b' });
  const tally = await closeDeadPage({ store }, { ...PAGE, size: 3, run: null });
  let inResults = 0;
  for await (const { line } of readItems(batches, manifest)) inResults += line?.submissions.length ?? 0;
  expect(inResults).toBe(2);
  expect(tally).toMatchObject({ counts: { failed: 1, unknown: 2 }, submissions: 2, duplicates: 0 });
});

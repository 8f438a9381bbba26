/**
 * Whatever becomes of items, a batch that is redriven by default, again and again, never makes a second charged job; and
 * what is submitted although it may have been paid is counted. REDRIVE_RUNS sets how many scripts are tried.
 */
import fc from 'fast-check';
import { type ManifestRow, readItems } from '../../activities/store';
import { FiledBatchStore } from '../../activities/store/filed-batch-store';
import { RowSpool } from '../../client/batches/batch-manifest';
import { type RedriveSelection, selectForRedrive } from '../../client/batches/redrive-selection';
import { addTallies } from '../../workflows/domain/batch/tally';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { MANIFEST_FIELDS } from '../support/manifest-fields';
import { MemoryFiles } from '../support/memory-files';
import { tallyRows } from '../support/tally-rows';
import { type Answer, type Ending, type ItemScript, ModelItem, type Reading, type Truth } from './money-model';

const RUNS = Number(process.env['REDRIVE_RUNS'] ?? (process.env['FULL_TESTS'] ? 300 : 150));
const REDRIVES = 5;

const ANSWERS: Answer[] = ['accepted', 'accepted', 'accepted', 'lost', 'lost-unaccepted', 'INPUT_INVALID', 'FORBIDDEN'];
const TRUTHS: Truth[] = ['completes', 'completes', 'MODEL_ERROR', 'INPUT_INVALID', 'CANCELLED', 'GPU_OOM_17'];
const READINGS: Reading[] = ['read', 'JOB_OVERDUE', 'JOB_NOT_FOUND', 'RESPONSE_INVALID', 'RESULT_UNAVAILABLE'];
const ENDINGS: Ending[] = ['by itself', 'by itself', 'by itself', 'closed as dead', 'without a word'];

const some = <T>(from: T[]) => fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 8 });
const scripts: fc.Arbitrary<ItemScript> = fc.record({
  answers: some(ANSWERS),
  truths: some(TRUTHS),
  readings: some(READINGS),
  endings: some(ENDINGS),
});

/** A batch of items that follow their scripts. */
class Scene {
  readonly store = new FiledBatchStore(new MemoryFiles());
  readonly items: ReadonlyMap<string, ModelItem>;

  constructor(of: readonly ItemScript[]) {
    this.items = new Map(of.map((script, index) => [`k${index}`, new ModelItem(`k${index}`, script)]));
  }

  async plan(): Promise<void> {
    const rows = [...this.items.keys()].map(
      (key): ManifestRow => ({ key, operation: 'generate/image', request: { key } }),
    );
    await this.store.writePart({ batchId: 'b', part: 0, rowsHash: 'a0' }, rows);
    await this.store.createManifest({ ...MANIFEST_FIELDS, batchId: 'b', parts: [rows.length], rowsHash: 'a0' });
    await this.run(0, rows);
  }

  /** As pages do: what is begun is marked, and outcomes follow. */
  private async run(part: number, rows: readonly ManifestRow[]): Promise<readonly ItemResultRow[]> {
    await this.store.beginPart('b', part, 'run', null);
    const lines = rows.flatMap((row) => this.items.get(row.key)?.run(row) ?? []);
    await this.store.writeOutcomes('b', part, 1, lines);
    return lines;
  }

  /** The selection, and what the status says afterwards of possible duplicates. */
  async redrive(allowUnknown: boolean): Promise<{ selection: RedriveSelection; duplicates: number }> {
    const spool = new RowSpool();
    try {
      const manifest = await this.manifest();
      const selection = await selectForRedrive(this.store, manifest, { allowUnknown }, spool);
      const rows: ManifestRow[] = [];
      for await (const row of spool.all()) rows.push(row);
      const run = await spool.writeTo(this.store, 'b', manifest.parts.length);
      if (rows.length === 0) return { selection, duplicates: selection.base.duplicates };
      await this.store.addRun(manifest, { ...run, server: manifest.server });
      const lines = await this.run(manifest.parts.length, rows);
      return { selection, duplicates: addTallies(selection.base, tallyRows(lines)).duplicates };
    } finally {
      await spool.close();
    }
  }

  async manifest() {
    const manifest = await this.store.readManifest('b');
    if (manifest === null) throw new Error('it was not planned');
    return manifest;
  }

  async outcomes(): Promise<Readonly<Record<string, string | undefined>>> {
    const found: Record<string, string | undefined> = {};
    for await (const { row, line } of readItems(this.store, await this.manifest())) found[row.key] = line?.outcome;
    return found;
  }

  get charged(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.items].map(([key, item]) => [key, item.charged]));
  }
}

async function planScene(of: readonly ItemScript[]): Promise<Scene> {
  const scene = new Scene(of);
  await scene.plan();
  return scene;
}

const batches = fc.array(scripts, { minLength: 1, maxLength: 6 });

test('by default, in a loop: no item has two charged jobs, and none is counted as possible', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (of) => {
      const scene = await planScene(of);
      for (let round = 0; round < REDRIVES; round += 1) {
        const { selection, duplicates } = await scene.redrive(false);
        expect([selection.possiblyPaid, duplicates]).toEqual([0, 0]);
        for (const [key, count] of Object.entries(scene.charged))
          expect([key, count]).toEqual([key, Math.min(1, count)]);
      }
    }),
    { numRuns: RUNS },
  );
});

test('where it is allowed, or at random: what may be paid twice was told before, and is counted after', async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.array(fc.boolean(), { minLength: 1, maxLength: REDRIVES }), async (of, rounds) => {
      const scene = await planScene(of);
      let told = 0;
      for (const allowUnknown of rounds) {
        const before = scene.charged;
        const { selection, duplicates } = await scene.redrive(allowUnknown);
        told += selection.possiblyPaid;
        const twice = Object.values(scene.charged).reduce((sum, count) => sum + Math.max(0, count - 1), 0);
        const twiceBefore = Object.values(before).reduce((sum, count) => sum + Math.max(0, count - 1), 0);
        if (!allowUnknown) expect(twice).toBe(twiceBefore);
        expect(twice).toBeLessThanOrEqual(told);
        if (!of.some(({ endings }) => endings.some((ending) => ending !== 'by itself'))) {
          expect(twice).toBeLessThanOrEqual(duplicates);
        }
      }
    }),
    { numRuns: RUNS },
  );
});

test('what has one job that can be read in the end is not left behind', async () => {
  const readings: Reading[] = ['JOB_OVERDUE', 'JOB_NOT_FOUND', 'read'];
  const all: readonly ItemScript[] = TRUTHS.map((truth) => ({
    answers: ['accepted'],
    truths: [truth, 'completes'],
    readings,
    endings: ['by itself'],
  }));
  const scene = await planScene(all);
  for (let round = 0; round < REDRIVES; round += 1) await scene.redrive(false);
  expect(Object.values(await scene.outcomes())).toEqual(TRUTHS.map(() => 'succeeded'));
  expect(Object.values(scene.charged)).toEqual(TRUTHS.map(() => 1));
});

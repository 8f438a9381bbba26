/**
 * Items of two or three steps, whatever becomes of their submissions, jobs and runs, and however they are redriven: each step
 * has one outcome, nothing is paid again unless a redrive says so, and everything ends. STEPS_RUNS sets how many scripts are
 * tried, STEPS_SEED repeats those of an earlier run.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type ItemResult, type ManifestRow, readItems, settleItem } from '../../activities/store';
import { FiledBatchStore } from '../../activities/store/filed-batch-store';
import { RowSpool } from '../../client/batches/batch-manifest';

import { type RedriveFilter, type RedriveSelection, selectForRedrive } from '../../client/batches/redrive-selection';

import { addTallies, EMPTY_TALLY, type Tally } from '../../workflows/domain/batch/tally';
import type { RowStep } from '../../workflows/domain/item/item';
import { recallSteps, toLostRow } from '../../workflows/domain/item/recorded-steps';
import { MANIFEST_FIELDS } from '../support/manifest-fields';
import { MemoryFiles } from '../support/memory-files';
import { tallyRows } from '../support/tally-rows';
import { type ChainEnding, type ChainScript, ModelChain } from './chain-model';
import type { Reading, Truth } from './money-model';

const RUNS = Number(process.env['STEPS_RUNS'] ?? (process.env['FULL_TESTS'] ? 1_000 : 150));
const SEED = Number(process.env['STEPS_SEED'] ?? Date.now() % 2 ** 31);
const IDS = ['base', 'cutout', 'large'] as const;
const OPERATIONS = ['generate/image', 'background/remove/image', 'upscale/image'] as const;
const ALL = ['succeeded', 'failed', 'cancelled'] as const;

const ANSWERS: ChainScript['answers'][number][] = [
  ...(['accepted', 'accepted', 'accepted', 'accepted', 'queued'] as const),
  ...(['lost', 'lost-unaccepted', 'INPUT_INVALID', 'FORBIDDEN'] as const),
];
const TRUTHS: Truth[] = ['completes', 'completes', 'completes', 'MODEL_ERROR', 'INPUT_INVALID', 'CANCELLED'];
const READINGS: Reading[] = ['read', 'read', 'read', 'JOB_OVERDUE', 'JOB_NOT_FOUND', 'RESULT_UNAVAILABLE'];

const some = <T>(from: T[]) => fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 8 });
const endings = fc.record<ChainEnding>({
  how: fc.constantFrom('by itself', 'by itself', 'cancelled', 'closed as dead', 'without a word'),
  afterMoves: fc.nat({ max: 6 }),
});
const scripts: fc.Arbitrary<ChainScript> = fc.record({
  // Something must be accepted in the end.
  answers: some(ANSWERS).map((answers) => [...answers, 'accepted' as const]),
  truths: some(TRUTHS),
  readings: some(READINGS),
  endings: fc.array(endings, { minLength: 1, maxLength: 4 }),
  carries: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
});

/** `length`: the recipe gets more steps at its end, or loses some. */
interface Wish {
  readonly kind: 'default' | 'allow unknown' | 'from step' | 'edited' | 'length';
  /** Index of the step that is named or edited, or the number of all steps. */
  readonly step: number;
}
const wishes: fc.Arbitrary<Wish> = fc.record({
  kind: fc.constantFrom('default', 'default', 'allow unknown', 'from step', 'edited', 'length'),
  step: fc.nat({ max: 2 }),
});

/** A batch of items that follow their scripts. */
class Scene {
  readonly store = new FiledBatchStore(new MemoryFiles());
  readonly items: ReadonlyMap<string, ModelChain>;
  /** What the status says. */
  tally = EMPTY_TALLY;
  /** Payments that redrives have named before: finished steps by id, and those of items that may have been paid. */
  readonly told = { repaid: new Map<string, number>(), unknown: 0 };
  private readonly mayBeLost: boolean;
  private edits = 0;

  constructor(
    of: readonly ChainScript[],
    private length: number,
  ) {
    const isLost = ({ how }: ChainEnding) => how === 'closed as dead' || how === 'without a word';
    this.mayBeLost = of.some((script) => script.endings.some(isLost));
    this.items = new Map(of.map((script, index) => [`k${index}`, new ModelChain(`k${index}`, script)]));
  }

  async plan(): Promise<void> {
    const rows = [...this.items.keys()].map((key) => makeRow(key, this.length));
    await this.store.writePart({ batchId: 'b', part: 0, rowsHash: 'a0' }, rows);
    await this.store.createManifest({ ...MANIFEST_FIELDS, batchId: 'b', parts: [rows.length], rowsHash: 'a0' });
    this.tally = await this.run(0, rows, EMPTY_TALLY);
  }

  async redrive(wish: Wish): Promise<RedriveSelection> {
    const spool = new RowSpool();
    try {
      const manifest = await this.manifest();
      const selection = await selectForRedrive(this.store, manifest, await this.toFilter(wish), spool);
      // Only these wishes are to run what is finished.
      if (wish.kind !== 'from step' && wish.kind !== 'edited') expect(selection.repaid).toBeUndefined();
      for (const [id, count] of Object.entries(selection.repaid ?? {}))
        this.told.repaid.set(id, (this.told.repaid.get(id) ?? 0) + count);
      const rows: ManifestRow[] = [];
      for await (const row of spool.all()) rows.push(row);
      if (rows.length === 0) return selection;
      const run = await spool.writeTo(this.store, 'b', manifest.parts.length);
      await this.store.addRun(manifest, { ...run, server: manifest.server });
      this.tally = await this.run(manifest.parts.length, rows, selection.base);
      this.told.unknown = Math.max(this.told.unknown, this.tally.duplicates);
      // A page that was lost has not counted what it has submitted for the step under way.
      if (this.mayBeLost) this.told.unknown += selection.possiblyPaid;
      return selection;
    } finally {
      await spool.close();
    }
  }

  async list(): Promise<readonly ItemResult[]> {
    const found: ItemResult[] = [];
    for await (const item of readItems(this.store, await this.manifest())) found.push(item);
    return found;
  }

  /** As pages do: what is begun is marked, and outcomes follow. Returns the tally of the batch. */
  private async run(part: number, rows: readonly ManifestRow[], base: Tally): Promise<Tally> {
    await this.store.beginPart('b', part, 'run', null);
    const runs = rows.map((row) => {
      const item = this.items.get(row.key);
      if (item === undefined) throw new Error(`no item ${row.key}`);
      return item.run(row);
    });
    for (const [at, { tallies }] of runs.entries())
      for (const tally of tallies) expectFlow(tally, rows[at] as ManifestRow);
    for (const step of runs.flatMap(({ steps }) => steps)) await this.store.recordStep('b', part, step);
    const lines = runs.flatMap(({ line }) => line ?? []);
    await this.store.writeOutcomes('b', part, 1, lines);
    return runs.reduce((sum, { line, tallies, steps }, at) => {
      const [last, row] = [tallies.at(-1), rows[at]];
      if (row === undefined || (line?.steps !== undefined && last !== undefined)) return addTallies(sum, last ?? sum);
      // The items of a page that was lost are counted by what the store knows.
      return addTallies(sum, tallyRows([recallSteps(row, line ?? toLostRow(row.key, []), steps)]));
    }, base);
  }

  private async toFilter(wish: Wish): Promise<RedriveFilter> {
    if (wish.kind === 'default') return {};
    if (wish.kind === 'allow unknown') return { allowUnknown: true };
    if (wish.kind === 'from step') return { outcomes: ALL, fromStep: IDS[Math.min(wish.step, this.length - 1)] ?? '' };
    const items = await this.list();
    if (wish.kind === 'length') {
      this.length = Math.max(2, wish.step + 1);
      const change = ({ row }: ItemResult) => {
        const fresh = makeRow(row.key, this.length);
        return { ...fresh, steps: fresh.steps?.map((step, at) => row.steps?.[at] ?? step) ?? [] };
      };
      return { outcomes: ALL, edited: new Map(items.map((item) => [item.row.key, change(item)])) };
    }
    this.edits += 1;
    const edited = items.map(({ row: { key, operation, request, steps = [] } }) => {
      const changed = steps.map((step, at) => (at === wish.step ? { ...step, request: { seed: this.edits } } : step));
      return [key, { key, operation, request, steps: changed }] as const;
    });
    return { outcomes: ALL, edited: new Map(edited) };
  }

  private async manifest() {
    const manifest = await this.store.readManifest('b');
    if (manifest === null) throw new Error('it was not planned');
    return manifest;
  }
}

function makeRow(key: string, length: number): ManifestRow {
  const steps = IDS.slice(0, length).map((id, at): RowStep => {
    return { id, operation: OPERATIONS[at] ?? 'generate/image', request: { seed: 0 } };
  });
  return { key, operation: steps.at(-1)?.operation ?? 'generate/image', request: {}, steps };
}

/** An item leaves a step by success alone, and is then at the next one, or has succeeded. */
function expectFlow({ steps = {}, counts }: Tally, { steps: planned = [], earlier }: ManifestRow): void {
  const reached = IDS.map((id) => Object.values(steps[id] ?? {}).reduce((sum, count) => sum + count, 0));
  const left = IDS.map((id) => steps[id]?.['succeeded'] ?? 0);
  // A result that is kept may be of more or fewer steps.
  const isKept = counts.succeeded === 1 && earlier?.outcome === 'succeeded';
  const lengths = isKept ? [planned.length, earlier.steps?.length ?? 0] : [planned.length];
  const flows = lengths.map((length) => [[...reached.slice(1, length), counts.succeeded], left.slice(0, length)]);
  expect(flows.map(([into, out]) => [into, isDeepStrictEqual(into, out)])).toContainEqual([expect.anything(), true]);
}

async function expectConserved(scene: Scene): Promise<void> {
  const items = await scene.list();
  const steps: Record<string, Record<string, number>> = {};
  for (const item of items) {
    const { line } = settleItem(item);
    const { key } = item.row;
    const ended = line.steps ?? [];
    const planned = item.row.steps?.map(({ id }) => id) ?? [];
    // One that has not succeeded may be planned with fewer steps meanwhile.
    expect([key, ended.map(({ id }) => id)]).toEqual([key, IDS.slice(0, ended.length)]);
    const [last, ...before] = [...ended].reverse();
    expect([key, before.filter(({ outcome }) => outcome !== 'succeeded')]).toEqual([key, []]);
    if (last !== undefined) expect([key, last.outcome]).toEqual([key, line.outcome]);
    if (line.outcome === 'succeeded') expect([key, ended.length]).toEqual([key, planned.length]);
    for (const { id, outcome } of ended) {
      steps[id] = { ...steps[id], [outcome]: (steps[id]?.[outcome] ?? 0) + 1 };
    }
    expectMadeOfEachOther(scene, item);
  }
  expect(scene.tally.steps ?? {}).toEqual(steps);
}

/** Each file was made of the one before it. */
function expectMadeOfEachOther({ items }: Scene, { row: { key }, line }: ItemResult): void {
  let before: string | null = null;
  for (const { id, files, outcome } of line?.steps ?? []) {
    if (outcome !== 'succeeded') return;
    const content = files[0]?.sha256 ?? '';
    const job = items.get(key)?.jobs.find((one) => one.id === content);
    expect([key, job]).toEqual([key, expect.objectContaining({ step: id, madeOf: before })]);
    before = content;
  }
}

function expectNothingPaidUnsaid({ items, told }: Scene): void {
  const excess = IDS.map((id) => {
    const twice = [...items.values()].reduce((sum, item) => sum + Math.max(0, item.countCharged(id) - 1), 0);
    return Math.max(0, twice - (told.repaid.get(id) ?? 0));
  });
  expect(excess.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(told.unknown);
}

test('whatever happens to items of several steps, and however they are redriven', async () => {
  process.stderr.write(`steps: ${RUNS} scripts, STEPS_SEED=${SEED}\n`);
  const of = fc.array(scripts, { minLength: 1, maxLength: 4 });
  const lives = fc.record({ of, length: fc.integer({ min: 2, max: 3 }), wishes: fc.array(wishes, { maxLength: 5 }) });
  await fc.assert(
    fc.asyncProperty(lives, async ({ of, length, wishes }) => {
      const scene = new Scene(of, length);
      await scene.plan();
      for (const wish of [null, ...wishes]) {
        if (wish !== null) await scene.redrive(wish);
        await expectConserved(scene);
        expectNothingPaidUnsaid(scene);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

/** Three jobs of each of three steps, each of which is read at the third redrive. */
const MAX_ROUNDS = 27;

test('what the provider makes in the end is not left behind, and no step is paid twice', async () => {
  const readings: Reading[] = ['JOB_OVERDUE', 'JOB_NOT_FOUND', 'read'];
  const script = fc.record<ChainScript>({
    answers: fc.constant(['accepted'] as const),
    truths: fc.array(fc.constantFrom(...TRUTHS), { maxLength: 2 }).map((truths) => [...truths, 'completes' as const]),
    readings: fc.constant(readings),
    endings: fc.constant([{ how: 'by itself', afterMoves: 0 }] as const),
    carries: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(script, { minLength: 1, maxLength: 4 }), async (of) => {
      const scene = new Scene(of, IDS.length);
      await scene.plan();
      for (let round = 0; round < MAX_ROUNDS && scene.tally.counts.succeeded < of.length; round += 1)
        await scene.redrive({ kind: 'default', step: 0 });
      expect(scene.tally.counts.succeeded).toBe(of.length);
      for (const item of scene.items.values()) expect(IDS.map((id) => item.countCharged(id))).toEqual([1, 1, 1]);
      await expectConserved(scene);
    }),
    { numRuns: Math.ceil(RUNS / 10), seed: SEED },
  );
});

/** What a redrive does after several runs of an item of two steps: what is finished, open and stale is known by run. */
import { type ItemResult, type ManifestRow, readItems, settleItem, tallyItem } from '../../activities/store';
import { FiledBatchStore } from '../../activities/store/filed-batch-store';
import { RowSpool } from '../../client/batches/batch-manifest';
import { type RedriveFilter, type RedriveSelection, selectForRedrive } from '../../client/batches/redrive-selection';
import type { FetchedJob, ItemReport, Outcome, RowStep, StoredFile } from '../../workflows/domain/item/item';
import { toResultRow } from '../../workflows/domain/item/result-row';
import { MANIFEST_FIELDS } from '../support/manifest-fields';
import { MemoryFiles } from '../support/memory-files';

const STEPS: readonly RowStep[] = [
  { id: 'base', operation: 'generate/image', request: { prompt: 'a shoe' } },
  { id: 'cutout', operation: 'background/remove/image', request: { input_image: { step: 'base', role: 'result' } } },
];
const ROW: ManifestRow = { key: 'k', operation: 'background/remove/image', request: {}, steps: STEPS };
const PLAIN: ManifestRow = { key: 'k', operation: 'generate/image', request: { prompt: 'a shoe' } };
const EDITED: ManifestRow = { ...PLAIN, request: { prompt: 'a boot' } };

const CHANGED: ManifestRow = { ...ROW, steps: STEPS.map((step) => ({ ...step, request: { seed: 2 } })) };

/** How one run ends: a step by its job, which names its file, or by its code. */
interface RunEnd {
  readonly outcome: Outcome;
  readonly code?: string | null;
  /** In order: the step, its job, its code. */
  readonly sent?: readonly (readonly [step: string, jobId: string | null, code: string | null])[];
  readonly fetched?: FetchedJob;
}

function toFile(name: string): StoredFile {
  const known = { sha256: name, bytes: 1, mimeType: 'image/png', width: 1, height: 1, verified: true };
  return { role: 'result', file: `/store/${name}.png`, ...known };
}

/** One item over its runs, in a store. */
class Scene {
  private readonly store = new FiledBatchStore(new MemoryFiles());
  private part = 0;

  constructor(private readonly first: ManifestRow = ROW) {}

  async plan(): Promise<Scene> {
    await this.store.writePart({ batchId: 'b', part: 0, rowsHash: 'a0' }, [this.first]);
    await this.store.createManifest({ ...MANIFEST_FIELDS, batchId: 'b', parts: [1], rowsHash: 'a0' });
    return this;
  }

  /** The page begins; `null`: it never tells its end. */
  async run(row: ManifestRow, end: RunEnd | null): Promise<Scene> {
    await this.store.beginPart('b', this.part, 'run', null);
    if (end !== null) await this.store.writeOutcomes('b', this.part, 1, [toResultRow('k', toReport(row, end))]);
    return this;
  }

  /** @param submission its number in the run */
  async recordJob(jobId: string, submission: number, step: string): Promise<void> {
    const job = { key: 'k', run: 'run', submission, jobId, step, acceptedAt: '2026-01-01T00:00:00.000Z' };
    await this.store.recordUnreported('b', this.part, job);
  }

  /** A step whose files are stored. */
  async recordStep(id: string, jobId: string): Promise<void> {
    await this.store.recordStep('b', this.part, { key: 'k', id, jobId, files: [toFile(jobId)] });
  }

  /** Selects without starting anything. */
  async select(filter: RedriveFilter): Promise<{ readonly selection: RedriveSelection; readonly row?: ManifestRow }> {
    const spool = new RowSpool();
    try {
      const selection = await selectForRedrive(this.store, await this.manifest(), filter, spool);
      for await (const row of spool.all()) return { selection, row };
      return { selection };
    } finally {
      await spool.close();
    }
  }

  /** Starts a redrive whose page has not begun. */
  async redrive(filter: RedriveFilter = {}): Promise<ManifestRow> {
    const { row } = await this.select(filter);
    if (row === undefined) throw new Error('nothing was selected');
    this.part += 1;
    const rowsHash = `a${this.part}`;
    await this.store.writePart({ batchId: 'b', part: this.part, rowsHash }, [row]);
    const manifest = await this.manifest();
    await this.store.addRun(manifest, { parts: [1], rowsHash, server: manifest.server });
    return row;
  }

  async item(): Promise<ItemResult> {
    for await (const item of readItems(this.store, await this.manifest())) return item;
    throw new Error('there is no item');
  }

  private async manifest() {
    const manifest = await this.store.readManifest('b');
    if (manifest === null) throw new Error('it was not planned');
    return manifest;
  }
}

function toReport(row: ManifestRow, { outcome, code = null, sent = [], fetched }: RunEnd): ItemReport {
  const submissions = sent.map(([step, jobId, met], index) => {
    const known = { number: index + 1, jobId, code: met, message: null, refusals: {}, charge: null };
    return row.steps === undefined ? known : { ...known, step };
  });
  const before = (row.finished ?? []).map(({ id, files }) => ({ id, outcome: 'succeeded' as const, files }));
  const all = [...sent, ...(fetched?.step === undefined ? [] : [[fetched.step, fetched.jobId, fetched.code] as const])];
  const reached = all.map(([id, jobId, met]) => ({
    id,
    outcome: met === null ? ('succeeded' as const) : outcome,
    files: met === null ? [toFile(jobId ?? '')] : [],
  }));
  const steps = [...before, ...reached].map((step) => ({ ...step, operation: row.operation }));
  const { role: _role, ...result } = steps.at(-1)?.files[0] ?? toFile(sent.at(-1)?.[1] ?? 'none');
  return {
    outcome,
    result: outcome === 'succeeded' ? result : null,
    jobId: sent.at(-1)?.[1] ?? null,
    code,
    message: null,
    submissions,
    ...(fetched === undefined ? {} : { fetched }),
    // A page that was lost names none.
    ...(row.steps === undefined || all.length === 0 ? {} : { steps }),
  };
}

const DONE: RunEnd = {
  outcome: 'succeeded',
  sent: [
    ['base', 'base-1', null],
    ['cutout', 'cutout-1', null],
  ],
};
const CANCELLED: RunEnd = { outcome: 'cancelled', code: 'CANCELLED' };
const LOST: RunEnd = { outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' };
const LOST_PAGES: readonly (readonly [string, RunEnd | null])[] = [
  ['without an outcome', null],
  ['whose outcome knows nothing', LOST],
];
const AGAIN: RedriveFilter = { outcomes: ['succeeded'], fromStep: 'base' };

const done = async () => (await new Scene().plan()).run(ROW, DONE);
const filesOf = (row: ManifestRow | undefined) => row?.finished?.map(({ files }) => files[0]?.file);

describe('the job of a result is settled for ever', () => {
  test('a cut-out of the old picture is not taken for the new one', async () => {
    const scene = await done();
    const again = await scene.redrive(AGAIN);
    const failed: RunEnd = {
      outcome: 'failed',
      code: 'INPUT_INVALID',
      sent: [
        ['base', 'base-2', null],
        ['cutout', null, 'INPUT_INVALID'],
      ],
    };
    await scene.run(again, failed);
    const { selection, row } = await scene.select({});
    expect(selection).toMatchObject({ selected: 1, fetched: 0, possiblyPaid: 0, steps: { cutout: 1 } });
    expect(row?.jobId).toBeUndefined();
    expect(filesOf(row)).toEqual(['/store/base-2.png']);
  });

  test('an unread cut-out of the old picture is not taken for the new one either', async () => {
    const overdue = ['cutout', 'cutout-1', 'JOB_OVERDUE'] as const;
    const unread: RunEnd = { outcome: 'unknown', code: 'JOB_OVERDUE', sent: [['base', 'base-1', null], overdue] };
    const scene = await (await new Scene().plan()).run(ROW, unread);
    expect((await scene.select({ fromStep: 'base' })).selection).toMatchObject({ selected: 0, leftUnknown: 1 });
    const again = await scene.redrive({ fromStep: 'base', allowUnknown: true });
    const failed = ['cutout', null, 'INPUT_INVALID'] as const;
    await scene.run(again, { outcome: 'failed', code: 'INPUT_INVALID', sent: [['base', 'base-2', null], failed] });
    expect((await scene.select({})).selection).toMatchObject({ selected: 0, leftUnknown: 1 });
    const { selection, row } = await scene.select({ allowUnknown: true });
    expect(selection).toMatchObject({ selected: 1, fetched: 0, possiblyPaid: 1 });
    expect(row?.jobId).toBeUndefined();
  });

  test('an item whose new request has failed runs again', async () => {
    const scene = await done();
    const again = await scene.redrive(AGAIN);
    const sent = [['base', 'base-2', 'MODEL_ERROR']] as const;
    await scene.run(again, { outcome: 'failed', code: 'MODEL_ERROR', sent });
    const { selection } = await scene.select({});
    expect(selection).toMatchObject({ selected: 1, fetched: 0, possiblyPaid: 0, steps: { base: 1, cutout: 1 } });
  });

  test('also without steps', async () => {
    const scene = await (await new Scene(PLAIN).plan()).run(PLAIN, {
      outcome: 'succeeded',
      sent: [['', 'job-1', null]],
    });
    const edited = await scene.redrive({ outcomes: ['succeeded'], edited: new Map([['k', EDITED]]) });
    await scene.run(edited, { outcome: 'failed', code: 'INPUT_INVALID', sent: [['', null, 'INPUT_INVALID']] });
    const { selection, row } = await scene.select({});
    expect(selection).toMatchObject({ selected: 1, fetched: 0, possiblyPaid: 0, leftUnknown: 0 });
    expect(row).toEqual({ ...EDITED, earlier: { outcome: 'failed', code: 'INPUT_INVALID' } });
  });
});

test('a result that was wanted once more is no possible duplicate, and one whose end was not known is', async () => {
  const scene = await done();
  const twice: RunEnd = {
    outcome: 'unknown',
    code: 'JOB_OVERDUE',
    sent: [
      ['base', 'base-2', null],
      ['cutout', 'cutout-2', 'JOB_OVERDUE'],
    ],
  };
  await scene.run(await scene.redrive(AGAIN), twice);
  expect(tallyItem(await scene.item(), {}).duplicates).toBe(0);
  const third: RunEnd = { outcome: 'succeeded', sent: [['cutout', 'cutout-3', null]] };
  await scene.run(await scene.redrive({ fromStep: 'cutout', allowUnknown: true }), third);
  expect(tallyItem(await scene.item(), {})).toMatchObject({ duplicates: 1, submissions: 5 });
});

describe('a redrive that sent nothing', () => {
  test.each(LOST_PAGES)('leaves the doubt about an item of a lost page %s', async (_name, end) => {
    const scene = await (await new Scene(PLAIN).plan()).run(PLAIN, end);
    const again = await scene.redrive({ allowUnknown: true });
    const unknown = { outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' };
    expect(again).toMatchObject({ earlier: unknown });
    await scene.run(again, CANCELLED);
    expect(settleItem(await scene.item()).line).toMatchObject(unknown);
    expect((await scene.select({})).selection).toMatchObject({ selected: 0, leftUnknown: 1 });
  });

  test.each([
    ['was cancelled', CANCELLED],
    ['never began', undefined],
  ])('leaves the result if it %s', async (_name, end) => {
    const scene = await done();
    const again = await scene.redrive(AGAIN);
    if (end !== undefined) await scene.run(again, end);
    const { line } = await scene.item();
    expect(line).toMatchObject({ outcome: 'succeeded', code: null, file: '/store/cutout-1.png' });
    // So the page counts it like the results.
    expect(again).toMatchObject({ earlier: { outcome: 'succeeded', code: null } });
    expect(line?.steps?.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['base', 'succeeded'],
      ['cutout', 'succeeded'],
    ]);
    expect((await scene.select({})).selection).toMatchObject({ selected: 0, leftUnknown: 0 });
    const { selection, row } = await scene.select({ outcomes: ['succeeded'], fromStep: 'cutout' });
    expect(selection).toMatchObject({ selected: 1, possiblyPaid: 0, fetched: 0 });
    expect(filesOf(row)).toEqual(['/store/base-1.png']);
  });

  test('leaves the request of the result', async () => {
    const scene = await (await new Scene(PLAIN).plan()).run(PLAIN, {
      outcome: 'succeeded',
      sent: [['', 'job-1', null]],
    });
    const filter = { outcomes: ['succeeded'], edited: new Map([['k', EDITED]]) } as const;
    await scene.run(await scene.redrive(filter), CANCELLED);
    expect(await scene.item()).toMatchObject({ row: PLAIN, line: { outcome: 'succeeded' } });
    // A second time the same.
    expect((await scene.select(filter)).row).toEqual({ ...EDITED, earlier: { outcome: 'succeeded', code: null } });
  });

  test('leaves the finished steps of an item that had failed', async () => {
    const failed = ['cutout', 'cutout-1', 'MODEL_ERROR'] as const;
    const sent = [['base', 'base-1', null], failed] as const;
    const scene = await (await new Scene().plan()).run(ROW, { outcome: 'failed', code: 'MODEL_ERROR', sent });
    await scene.run(await scene.redrive({ fromStep: 'base' }), CANCELLED);
    expect((await scene.item()).line).toMatchObject({ outcome: 'failed', code: 'MODEL_ERROR' });
    const { selection, row } = await scene.select({});
    expect(selection).toMatchObject({ selected: 1, possiblyPaid: 0, steps: { cutout: 1 } });
    expect(filesOf(row)).toEqual(['/store/base-1.png']);
  });
});

test('a redrive that was cancelled between two steps leaves what it made, and no step of another file', async () => {
  const scene = await done();
  const sent = [['base', 'base-2', null]] as const;
  await scene.run(await scene.redrive(AGAIN), { ...CANCELLED, sent });
  expect((await scene.item()).line).toMatchObject({ outcome: 'cancelled' });
  const { selection, row } = await scene.select({});
  expect(selection).toMatchObject({ selected: 1, fetched: 0, possiblyPaid: 0, steps: { cutout: 1 } });
  expect(filesOf(row)).toEqual(['/store/base-2.png']);
});

describe.each(LOST_PAGES)('of a page that was lost, of an item %s,', (_name, end) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await (await new Scene().plan()).run(ROW, end);
  });
  const outcomes = async () => settleItem(await scene.item()).line.steps?.map(({ id, outcome }) => [id, outcome]);

  test('the job of the first step is fetched', async () => {
    await scene.recordJob('base-1', 1, 'base');
    const { selection, row } = await scene.select({});
    expect(selection).toMatchObject({ selected: 1, fetched: 1, leftUnknown: 0 });
    expect(row).toMatchObject({ jobId: 'base-1' });
    expect((await scene.select({ allowUnknown: true })).selection).toMatchObject({ fetched: 1 });
    expect(await outcomes()).toEqual([['base', 'unknown']]);
  });

  test('the job of a later step is fetched, after the steps that are finished', async () => {
    await scene.recordStep('base', 'base-2');
    await scene.recordJob('cutout-1', 3, 'cutout');
    const { selection, row } = await scene.select({});
    expect(selection).toMatchObject({ selected: 1, fetched: 1, reused: 1, leftUnknown: 0, steps: { cutout: 1 } });
    expect(row).toMatchObject({ jobId: 'cutout-1', finished: [{ id: 'base' }] });
    expect(filesOf(row)).toEqual(['/store/base-2.png']);
    const { line, submissions } = settleItem(await scene.item());
    expect(submissions.map(({ step, jobId }) => [step, jobId])).toEqual([
      ['base', 'base-2'],
      ['cutout', 'cutout-1'],
    ]);
    expect(line).toMatchObject({ outcome: 'unknown', steps: [{ submissions: [{}] }, { submissions: [{}] }] });
  });

  test('only the step under way is in doubt, and run again if that is allowed', async () => {
    await scene.recordStep('base', 'base-1');
    await scene.recordJob('base-1', 1, 'base');
    expect((await scene.select({})).selection).toMatchObject({ selected: 0, leftUnknown: 1 });
    const { selection, row } = await scene.select({ allowUnknown: true });
    expect(selection).toMatchObject({ selected: 1, submissions: 1, possiblyPaid: 1, fetched: 0, reused: 1 });
    expect(selection).toMatchObject({ steps: { cutout: 1 }, base: { submissions: 1, duplicates: 1 } });
    expect(filesOf(row)).toEqual(['/store/base-1.png']);
    expect(await outcomes()).toEqual([
      ['base', 'succeeded'],
      ['cutout', 'unknown'],
    ]);
  });

  test('the item has succeeded if all of its steps are finished', async () => {
    await scene.recordStep('base', 'base-1');
    await scene.recordStep('cutout', 'cutout-1');
    const { line } = await scene.item();
    expect(line).toMatchObject({ outcome: 'succeeded', code: null, jobId: 'cutout-1', file: '/store/cutout-1.png' });
    expect(line?.files.map(({ role }) => role)).toEqual(['result']);
    for (const filter of [{}, { allowUnknown: true }])
      expect((await scene.select(filter)).selection).toMatchObject({ selected: 0, leftUnknown: 0 });
  });

  test('a step without a record is not taken for finished, whatever is known of later ones', async () => {
    await scene.recordStep('cutout', 'cutout-1');
    await scene.recordJob('cutout-1', 2, 'cutout');
    expect((await scene.select({})).selection).toMatchObject({ selected: 0, leftUnknown: 1 });
    expect((await scene.select({ allowUnknown: true })).selection).toMatchObject({ steps: { base: 1, cutout: 1 } });
  });
});

describe('of a redrive whose page was lost', () => {
  const failed: RunEnd = {
    outcome: 'failed',
    code: 'MODEL_ERROR',
    sent: [
      ['base', 'base-1', null],
      ['cutout', 'cutout-1', 'MODEL_ERROR'],
    ],
  };

  test('the job is of the step that it ran', async () => {
    const scene = await (await new Scene().plan()).run(ROW, failed);
    await scene.run(await scene.redrive(), null);
    await scene.recordJob('cutout-2', 1, 'cutout');
    const { row } = await scene.select({});
    expect(row).toMatchObject({ jobId: 'cutout-2', finished: [{ id: 'base' }] });
  });

  test('a job that it had fetched, and whose step is finished, is counted once', async () => {
    const unread = ['cutout', 'cutout-1', 'JOB_OVERDUE'] as const;
    const sent = [['base', 'base-1', null], unread] as const;
    const scene = await (await new Scene().plan()).run(ROW, { outcome: 'unknown', code: 'JOB_OVERDUE', sent });
    const again = await scene.redrive();
    expect(again).toMatchObject({ jobId: 'cutout-1' });
    await scene.run(again, null);
    await scene.recordStep('cutout', 'cutout-1');
    const { line } = await scene.item();
    expect(line).toMatchObject({ outcome: 'succeeded', submissions: [{ jobId: 'base-1' }, { jobId: 'cutout-1' }] });
    expect(line?.submissions.map(({ code }) => code)).toEqual([null, null]);
  });
});

describe('what may be paid twice is counted by step', () => {
  const overdue = (...jobs: readonly (readonly [string, string])[]): RunEnd => ({
    outcome: 'unknown',
    code: 'JOB_OVERDUE',
    sent: jobs.map(([step, job]) => [step, job, 'JOB_OVERDUE'] as const),
  });
  // As two runs leave them, whose files were lost.
  const BOTH = overdue(['base', 'base-1'], ['cutout', 'cutout-1']);

  test('of every step whose job may be charged', async () => {
    const scene = await (await new Scene().plan()).run(ROW, BOTH);
    const { selection } = await scene.select({ allowUnknown: true, edited: new Map([['k', CHANGED]]) });
    expect(selection).toMatchObject({ selected: 1, possiblyPaid: 1, fetched: 0, base: { duplicates: 2 } });
  });

  test('of one at least, if nothing is known', async () => {
    const scene = await (await new Scene().plan()).run(ROW, null);
    const { selection } = await scene.select({ allowUnknown: true });
    expect(selection).toMatchObject({ possiblyPaid: 1, base: { duplicates: 1 } });
  });

  test('and not of the one that is fetched first, which its run counts', async () => {
    const scene = await (await new Scene().plan()).run(ROW, overdue(['base', 'base-1']));
    const { selection } = await scene.select({ allowUnknown: true });
    expect(selection).toMatchObject({ possiblyPaid: 1, fetched: 1, base: { duplicates: 0 } });
  });
});

describe('a wish that does not fit the items', () => {
  test.each([
    ['cutuot', 'is "cutuot", which is no step; did you mean cutout?'],
    ['nosuch', 'is "nosuch", which is no step; must be one of base, cutout'],
  ])('names a step that does not exist: %s', async (fromStep, problem) => {
    const { selection } = await (await done()).select({ fromStep });
    expect(selection.problems).toEqual([{ field: 'fromStep', problem }]);
  });

  test('names a step although there are none', async () => {
    const scene = await (await new Scene(PLAIN).plan()).run(PLAIN, CANCELLED);
    expect((await scene.select({ fromStep: 'base' })).selection.problems).toEqual([
      { field: 'fromStep', problem: 'is "base", which is no step; the items have one step' },
    ]);
  });

  test('replaces an item of several steps by one of one', async () => {
    const { selection } = await (await done()).select({ edited: new Map([['k', EDITED]]) });
    expect(selection.problems).toMatchObject([{ field: 'rows', problem: expect.stringContaining('--recipe') }]);
  });
});

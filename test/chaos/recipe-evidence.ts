/** Evidence of a run of items of two steps in which every law held, for tests to plant violations in. */
import { createHash } from 'node:crypto';
import { type Evidence, formatPrompt } from '../../bench/chaos/evidence';
import type { Plan } from '../../bench/chaos/plan';
import type { PlannedRecipe } from '../../bench/chaos/plan-recipe';
import { formatStepPrompt } from '../../bench/chaos/recipe-steps';
import type { LedgerEntry, PostRecord } from '../../emulator';
import type { ItemResultRow, StepReport, StoredFile } from '../../workflows/domain/item/item';
import { ITEMS, job, line, makePost, PLAN, single, singleJob, soundEvidence, status, upload } from './sound-evidence';

const RECIPE: PlannedRecipe = {
  steps: [
    { id: 'base', operation: 'generate/image', uses: [] },
    { id: 'edited', operation: 'background/change/image', uses: ['base'] },
  ],
  keep: [],
  troubledSteps: [],
  failures: [],
  uploadTroubles: [],
  resultTtlMs: 1_000,
  redrivenStep: 0,
};
export const RECIPE_PLAN: Plan = { ...PLAN, recipe: RECIPE };

type StepId = 'base' | 'edited';
const IDS: readonly StepId[] = ['base', 'edited'];

function hashStep(item: number, step: StepId): string {
  return createHash('sha256').update(`bytes of ${item} at ${step}`).digest('hex');
}

/** The address of the upload of the file of the first step. */
export function addressOf(item: number): string {
  return `http://127.0.0.1:1/uploads/0123456789ab-${hashStep(item, 'base')}.png`;
}

function describe(item: number, step: StepId) {
  const prompt = formatStepPrompt(step, formatPrompt(PLAN, item));
  return { jobId: `job_${item}_${step}`, prompt, inputs: step === 'base' ? [] : [addressOf(item)] };
}

/** One after another: the bound of the batch is one job at a time. */
export function stepJob(item: number, step: StepId, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const acceptedAt = item * 200 + IDS.indexOf(step) * 100;
  const times = { acceptedAt, endedAt: acceptedAt + 90, lastReadAt: acceptedAt + 95 };
  return job(item, { ...describe(item, step), ...times, resultSha256: hashStep(item, step), ...changes });
}

function stepPost(item: number, step: StepId): PostRecord {
  return makePost(item, describe(item, step));
}

function stepFile(item: number, step: StepId): StoredFile {
  const known = { bytes: 10, mimeType: 'image/png', width: 32, height: 32, verified: true };
  const name = step === 'edited' ? `${item}` : `${item}~base.result`;
  return { role: 'result', file: `/store/${name}.png`, sha256: hashStep(item, step), ...known };
}

export function stepReport(item: number, step: StepId, changes: Partial<StepReport> = {}): StepReport {
  const operation = step === 'base' ? 'generate/image' : 'background/change/image';
  return { id: step, operation, outcome: 'succeeded', files: [stepFile(item, step)], ...changes };
}

export function stepsLine(item: number, changes: Partial<ItemResultRow> = {}): ItemResultRow {
  return line(item, {
    sha256: hashStep(item, 'edited'),
    jobId: `job_${item}_edited`,
    steps: IDS.map((step) => stepReport(item, step)),
    submissions: IDS.map((step) => ({ step, jobId: `job_${item}_${step}`, code: null, refusals: {} })),
    ...changes,
  });
}

export const COUNTED = { base: { succeeded: ITEMS }, edited: { succeeded: ITEMS } };

export function stepsStatus(steps: Readonly<Record<string, Readonly<Record<string, number>>>> = COUNTED) {
  const { counts } = status();
  return status({ counts: { ...counts, succeeded: ITEMS, unknown: 0 }, steps });
}

export function recipeEvidence(changes: Partial<Evidence> = {}): Evidence {
  const items = Array.from({ length: ITEMS }, (_, item) => item);
  const places = items.flatMap((item) => IDS.map((step) => [item, step] as const));
  const sound = soundEvidence();
  return {
    ...sound,
    plan: RECIPE_PLAN,
    ledger: {
      ...sound.ledger,
      jobs: [...places.map(([item, step]) => stepJob(item, step)), singleJob()],
      posts: [...places.map(([item, step]) => stepPost(item, step)), ...sound.ledger.posts.slice(-1)],
      uploads: items.map((item) =>
        upload(item * 200 + 95, { sha256: hashStep(item, 'base'), name: `${hashStep(item, 'base')}.png` }),
      ),
    },
    lines: items.map((item) => stepsLine(item)),
    singles: [single()],
    named: new Map(),
    observed: [stepsStatus()],
    files: new Map([
      ...sound.files,
      ...places.map(([item, step]) => [stepFile(item, step).file, hashStep(item, step)] as const),
    ]),
    ...changes,
  };
}

/** With another line of the first item. */
export function withSteps(changes: Partial<ItemResultRow>): Evidence {
  const { lines } = recipeEvidence();
  return recipeEvidence({ lines: [stepsLine(0, changes), ...lines.slice(1)] });
}

/** Plans the recipe of a seed: items of two or three steps, which fail and are struck at any of them. */
import type { PlannedBlow } from './plan-blows';
import { type PlannedInputs, type PlannedOperation, SHAPES } from './plan-inputs';
import type { PlannedSingle } from './plan-singles';
import { OF_RECIPES, type Step } from './plan-steps';
import { type Chance, newChance } from './random';
import type { Scene } from './scenes';
import type { ItemTrouble } from './troubles';
import { UPLOAD_TROUBLE_NAMES, type UploadTroubleName } from './upload-troubles';

export interface PlannedRecipeStep {
  readonly id: string;
  readonly operation: PlannedOperation;
  /** Ids of the steps whose files are its inputs, in the order of its fields. */
  readonly uses: readonly string[];
}

/** A number of jobs of a step that fail with MODEL_ERROR. */
interface PlannedFailure {
  readonly item: number;
  readonly step: number;
  readonly times: number;
}

/** A trouble of uploads in order of arrival: the contents of later steps are not known before. */
interface StepUploadTrouble {
  /** Number of uploads between it and the one before. */
  readonly after: number;
  readonly trouble: UploadTroubleName;
}

export interface PlannedRecipe {
  readonly steps: readonly PlannedRecipeStep[];
  readonly keep: readonly string[];
  /** Index of the step that an item's troubles and blows are about, by item. Its request has a text. */
  readonly troubledSteps: readonly number[];
  readonly failures: readonly PlannedFailure[];
  readonly uploadTroubles: readonly StepUploadTrouble[];
  /** Lifetime of the addresses of results, in ms. */
  readonly resultTtlMs: number;
  /** Index of the step that redrives from a step, or with edited rows, begin with. Its request has a text. */
  readonly redrivenStep: number;
}

/** Share of the seeds. */
const WITH_RECIPE = 0.4;
const OF_THREE_STEPS = 0.6;
const WITH_KEPT = 0.4;
const WITH_FAILURE = 0.15;
const WITH_UPLOAD_TROUBLES = 0.5;
const WITH_PAUSE = 0.3;
const WITH_STRUCK_WORKER = 0.4;
/** Share of all jobs that are accepted at the latest when a blow of a recipe strikes. */
const LATEST = 0.7;
const WITH_REDRIVE_BY_STEP = 0.5;
const MAX_UPLOAD_TROUBLES = 6;
const MAX_FAILURES = 2;
/** Seed of these draws alone: the other choices of a chaos seed stay the same. */
const OWN_SEED = 0x57_e9_05;

const TO_WORKERS = [
  'kill the worker',
  'kill the worker',
  'cut the worker off',
  'freeze the worker until it is given up',
] as const;
const IDS = ['base', 'edited', 'large'] as const;
const WITHOUT_PICTURE: readonly PlannedOperation[] = ['generate/image'];
const FIRST: readonly PlannedOperation[] = ['generate/image', 'edit/image', 'background/change/image'];
const LATER: readonly PlannedOperation[] = [
  'edit/image',
  'background/change/image',
  'background/remove/image',
  'upscale/image',
  'branding/logo/image',
];
const LAST: readonly PlannedOperation[] = [...LATER, 'generate/video'];

/** What a recipe changes in a plan. */
interface Changed {
  readonly troubles: readonly ItemTrouble[];
  readonly blows: readonly PlannedBlow[];
  readonly inputs: PlannedInputs;
  /** After the end of the batch. */
  readonly steps: readonly Step[];
}

interface RecipeTerms extends Changed {
  readonly items: number;
  readonly singles: readonly PlannedSingle[];
  readonly scene: Scene;
}

/** The recipe of a seed, if it has one, and what that changes. */
export function planRecipe(seed: number, terms: RecipeTerms): Changed & { readonly recipe: PlannedRecipe | null } {
  const { items, troubles, blows, inputs, steps: taken, scene } = terms;
  const chance = newChance(Math.imul(seed, 0x85eb_ca6b) ^ OWN_SEED);
  if (!chance.happens(WITH_RECIPE)) return { recipe: null, troubles, blows, inputs, steps: taken };
  const steps = drawRecipeSteps(chance, inputs.pictures > 0);
  const withText = steps.flatMap((step, index) => (hasText(step) ? [index] : []));
  const recipe: PlannedRecipe = {
    steps,
    keep: steps.slice(0, -1).flatMap(({ id }) => (chance.happens(WITH_KEPT) ? [id] : [])),
    troubledSteps: Array.from({ length: items }, () => chance.pick(withText)),
    failures: drawFailures(chance, items, withText),
    uploadTroubles: drawUploadTroubles(chance, items),
    resultTtlMs: chance.between(1_000, 3_000),
    redrivenStep: chance.pick(withText),
  };
  const more = chance.happens(WITH_REDRIVE_BY_STEP) ? [chance.pick(OF_RECIPES)] : [];
  return {
    recipe,
    // With a file of another type than the ledger's, the next request could not be matched to its item.
    troubles: troubles.filter(({ item, trouble }) => trouble !== 'wrong type' || isRead(recipe, item)),
    blows: [...(scene === 'two starters' ? [] : drawBlows(chance, items * steps.length)), ...blows],
    inputs: withFirstStep(terms, steps),
    // Which of two files was accepted is not known yet, so none of them can be edited.
    steps: [...taken, ...more.filter((step) => scene !== 'two starters' || step !== 'redrive edited rows')],
  };
}

/** Whether the request after the troubled step of an item has a text that names the item. */
function isRead({ steps, troubledSteps }: PlannedRecipe, item: number): boolean {
  const next = (troubledSteps[item] ?? 0) + 1;
  return next === steps.length || hasText(steps[next]);
}

export function hasText(step: PlannedRecipeStep | undefined): boolean {
  return step !== undefined && SHAPES[step.operation].text !== null;
}

function drawRecipeSteps(chance: Chance, hasPictures: boolean): readonly PlannedRecipeStep[] {
  const count = chance.happens(OF_THREE_STEPS) ? 3 : 2;
  const ids = IDS.slice(0, count);
  return ids.map((id, index): PlannedRecipeStep => {
    if (index === 0) return { id, operation: chance.pick(hasPictures ? FIRST : WITHOUT_PICTURE), uses: [] };
    const operation = chance.pick(index === count - 1 ? LAST : LATER);
    const before = ids.slice(0, index).reverse();
    return { id, operation, uses: before.slice(0, SHAPES[operation].pictures) };
  });
}

function drawFailures(chance: Chance, items: number, steps: readonly number[]): readonly PlannedFailure[] {
  return Array.from({ length: items }, (_, item) => item).flatMap((item) =>
    steps.flatMap((step) =>
      chance.happens(WITH_FAILURE) ? [{ item, step, times: chance.between(1, MAX_FAILURES) }] : [],
    ),
  );
}

function drawUploadTroubles(chance: Chance, items: number): readonly StepUploadTrouble[] {
  if (!chance.happens(WITH_UPLOAD_TROUBLES)) return [];
  return Array.from({ length: chance.between(1, MAX_UPLOAD_TROUBLES) }, () => ({
    after: chance.between(0, Math.ceil(items / 2)),
    trouble: chance.pick(UPLOAD_TROUBLE_NAMES),
  }));
}

/** At times when items are at several steps; each is reached. */
function drawBlows(chance: Chance, jobs: number): readonly PlannedBlow[] {
  const blows = [
    ...(chance.happens(WITH_PAUSE) ? (['pause the batch'] as const) : []),
    ...(chance.happens(WITH_STRUCK_WORKER) ? [chance.pick(TO_WORKERS)] : []),
  ];
  const drawn = blows.map((blow): PlannedBlow => {
    const accepted = chance.between(1, Math.ceil(LATEST * jobs));
    return { blow, point: 'at random', item: 0, single: null, accepted, ms: chance.between(1_000, 6_000) };
  });
  return drawn.sort((one, other) => one.accepted - other.accepted);
}

/**
 * The rows ask for the first step; those of an operation without pictures have none. Each has a picture of its own if files
 * must be different for each item, because they stand for its key.
 */
function withFirstStep(
  { inputs, items, singles }: Pick<RecipeTerms, 'inputs' | 'items' | 'singles'>,
  steps: readonly PlannedRecipeStep[],
): PlannedInputs {
  const { operation = 'generate/image' } = steps[0] ?? {};
  const shared = inputs.pictures - items - singles.length;
  const isKnownByFiles = !steps.every(hasText);
  const rows = inputs.rows.map(({ pictures: [first = 0] }, item) => {
    const picture = isKnownByFiles ? shared + item : first;
    return { operation, pictures: SHAPES[operation].pictures === 0 ? [] : [picture] };
  });
  return { ...inputs, rows };
}

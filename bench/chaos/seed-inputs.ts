/** The input files of a seed, and the requests that name them. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Ledger, LedgerEntry, Match, PostRecord } from '../../emulator';
import type { RequestFields } from '../../workflows/domain/item/item';
import { formatKey, formatPrompt, formatPromptEnd, formatSinglePrompt, isEditedItem, type RowKind } from './evidence';
import type { Plan } from './plan';
import { PLAIN, type PlannedOperation, type PlannedRequest, SHAPES } from './plan-inputs';
import type { PlannedRecipe } from './plan-recipe';
import type { PlannedSingle } from './plan-singles';
import { newChance } from './random';
import { formatStepPrompt, labelSteps } from './recipe-steps';
import { findContent } from './upload-address';

export interface SeedPicture {
  readonly sha256: string;
  /** Paths of two files with the same content, below the folder of the stack. */
  readonly files: readonly [string, string];
}

/** The request of a single item. */
export interface SingleRequest {
  readonly operation: PlannedOperation;
  readonly request: RequestFields;
}

/** An operation with a text and one picture. */
const WITH_TEXT = 'background/change/image';
const SIDE = 8;
const CHANNELS = 3;
const FORMATS = ['png', 'jpeg', 'webp', 'gif'] as const;
/** Distinguishes the contents of a seed from those of all others, because a stack remembers uploads. */
const PICTURES_PER_SEED = 1_000;
const SIZE = { width: 32, height: 32, output_format: 'png' } as const;
/** Difference of the widths of two steps; widths of edited pictures are multiples of it. */
const STEP_WIDTH = 32;
const BACKGROUND = '#f0f0f0';

export class SeedInputs {
  private constructor(
    private readonly plan: Plan,
    private readonly folder: string,
    readonly pictures: readonly SeedPicture[],
  ) {}

  /** Draws the pictures of a seed into a folder. */
  static async draw(plan: Plan, folder: string): Promise<SeedInputs> {
    const pictures = Array.from({ length: plan.inputs.pictures }, (_, number) => drawPicture(plan, folder, number));
    return new SeedInputs(plan, folder, await Promise.all(pictures));
  }

  async remove(): Promise<void> {
    await rm(path.join(this.folder, toFolder(this.plan)), { recursive: true, force: true });
  }

  /** The fields of a row. Paths are relative to the folder. */
  rowOf(item: number, kind: RowKind): RequestFields {
    const planned = this.plan.inputs.rows[item];
    const prompt = formatPrompt(this.plan, item, kind);
    if (this.plan.recipe !== null) return { prompt, ...this.photoOf(item), ...looksOf(this.plan.recipe, kind, item) };
    if (planned === undefined) return { operation: PLAIN.operation, prompt, ...SIZE };
    const files = planned.pictures.map((picture) => this.pictures[picture]?.files[item % 2] ?? '');
    // Without a text, the rows of two starters would be the same.
    const isSame = kind === 'rival' && SHAPES[planned.operation].text === null;
    const operation = isSame ? WITH_TEXT : planned.operation;
    return { operation, ...FIELDS[operation]({ prompt, files, number: item }) };
  }

  /** The recipe of the rows, as a file has it; `null`: they have none. */
  recipe(): unknown {
    const { recipe } = this.plan;
    if (recipe === null) return null;
    const steps = recipe.steps.map(({ id, operation, uses }, number) => {
      const prompt = `{{${toLook(id)}}} ${formatStepPrompt(id, '{{prompt}}')}`;
      const photos = SHAPES[operation].pictures === 0 ? [] : ['{{photo}}'];
      const files = number === 0 ? photos : uses.map((step) => `{{steps.${step}}}`);
      const fields = FIELDS[operation]({ prompt, files, number });
      // An edited picture of the same size would be the same file.
      const size = 'width' in fields ? { width: SIZE.width + STEP_WIDTH * number } : {};
      return { id, operation, fields: { ...fields, ...size } };
    });
    return { steps, ...(recipe.keep.length === 0 ? {} : { keep: recipe.keep }) };
  }

  /** The request of a single item. Paths are absolute. */
  requestOf(index: number, single: Pick<PlannedSingle, 'id'>): SingleRequest {
    const planned = this.plan.inputs.singles[index] ?? PLAIN;
    const files = planned.pictures.map((picture) => path.join(this.folder, this.pictures[picture]?.files[0] ?? ''));
    return {
      operation: planned.operation,
      request: FIELDS[planned.operation]({ prompt: formatSinglePrompt(single), files, number: index }),
    };
  }

  /**
   * What the provider sees of an item.
   *
   * @param index of a step. Default: the step that the item's troubles are about
   */
  matchOf(item: number, index = this.plan.recipe?.troubledSteps[item]): Match {
    const step = this.plan.recipe?.steps[index ?? 0];
    if (step !== undefined) return { promptIncludes: formatStepPrompt(step.id, formatPrompt(this.plan, item)) };
    const planned = this.plan.inputs.rows[item];
    const [picture = -1] = planned?.pictures ?? [];
    const hasText = planned === undefined || SHAPES[planned.operation].text !== null;
    if (hasText) return { promptIncludes: formatPromptEnd(formatKey(this.plan, item)) };
    return { inputIncludes: this.pictures[picture]?.sha256 ?? '' };
  }

  /** SHA-256 of the pictures of an item, or of its first step, in order. */
  contentsOf(item: number): readonly string[] {
    return this.toContents(this.plan.inputs.rows[item]);
  }

  contentsOfSingle(index: number): readonly string[] {
    return this.toContents(this.plan.inputs.singles[index]);
  }

  /** The ledger with the prompt of an item where its request has no text. */
  label<T extends Pick<Ledger, 'jobs' | 'posts'>>(ledger: T): T {
    const { recipe } = this.plan;
    if (recipe !== null) {
      const { jobs, posts } = ledger;
      return { ...ledger, jobs: labelSteps(jobs, recipe, jobs), posts: labelSteps(posts, recipe, jobs) };
    }
    const prompts = new Map(
      this.plan.inputs.rows.flatMap((planned, item) => {
        const [first] = this.contentsOf(item);
        if (SHAPES[planned.operation].text !== null || first === undefined) return [];
        return [[first, formatPrompt(this.plan, item)] as const];
      }),
    );
    const toLabelled = <E extends LedgerEntry | PostRecord>(entry: E): E =>
      entry.prompt === '' ? { ...entry, prompt: prompts.get(findContent(entry.inputs[0] ?? '') ?? '') ?? '' } : entry;
    return { ...ledger, jobs: ledger.jobs.map(toLabelled), posts: ledger.posts.map(toLabelled) };
  }

  private photoOf(item: number): RequestFields {
    const [picture] = this.plan.inputs.rows[item]?.pictures ?? [];
    return picture === undefined ? {} : { photo: this.pictures[picture]?.files[item % 2] ?? '' };
  }

  private toContents(planned: PlannedRequest | undefined): readonly string[] {
    return (planned?.pictures ?? []).map((picture) => this.pictures[picture]?.sha256 ?? '');
  }
}

/** What the fields of a request are made of. */
interface FieldTerms {
  readonly prompt: string;
  readonly files: readonly string[];
  /** Number of the item. */
  readonly number: number;
}

const FIELDS: Readonly<Record<PlannedOperation, (terms: FieldTerms) => RequestFields>> = {
  'generate/image': ({ prompt }) => ({ prompt, ...SIZE }),
  'edit/image': ({ prompt, files }) => ({ prompt, input_image: files, ...SIZE }),
  'background/change/image': ({ prompt, files: [file] }) => ({ prompt, input_image: file, ...SIZE }),
  'background/remove/image': ({ files: [file], number }) => ({
    ...{ input_image: file, output_format: 'png' },
    ...(hasCutoutOnly(number) ? {} : { recolor: BACKGROUND }),
  }),
  'upscale/image': ({ files: [file] }) => ({ input_image: file, scale: 2, output_format: 'png' }),
  'branding/logo/image': ({ prompt, files: [file, logo] }) => ({
    ...{ prompt, input_image: file, ...SIZE },
    ...(logo === undefined ? {} : { logo_url: logo }),
  }),
  'generate/video': ({ prompt, files: [file] }) => ({
    ...{ prompt, input_image: file, width: 32, height: 32, duration_seconds: 0.5 },
  }),
  'generate/speech': ({ prompt }) => ({ text: prompt }),
};

/** The column for a word in the prompt of a step, which changes the request of that step alone. */
function toLook(step: string): string {
  return `look_${step}`;
}

function looksOf({ steps, redrivenStep }: PlannedRecipe, kind: RowKind, item: number): RequestFields {
  const isEdited = (index: number) => kind === 'edited' && isEditedItem(item) && index === redrivenStep;
  return Object.fromEntries(steps.map(({ id }, index) => [toLook(id), isEdited(index) ? 'a bright' : 'a plain']));
}

/** Other cut-outs get a second file with a background. */
function hasCutoutOnly(number: number): boolean {
  return number % 2 === 0;
}

function toFolder({ seed }: Plan): string {
  return `inputs-${seed}`;
}

async function drawPicture(plan: Plan, folder: string, number: number): Promise<SeedPicture> {
  const chance = newChance(plan.seed * PICTURES_PER_SEED + number);
  const pixels = Buffer.from(Array.from({ length: SIDE * SIDE * CHANNELS }, () => chance.between(0, 255)));
  const format = FORMATS[number % FORMATS.length] ?? 'png';
  const bytes = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: CHANNELS } })
    .toFormat(format)
    .toBuffer();
  const ending = format === 'jpeg' ? 'jpg' : format;
  const files = [`photo ${number}.${ending}`, `Fotografía ${number} (copy).${ending}`] as const;
  const [one, other] = files.map((name) => path.join(toFolder(plan), name));
  await mkdir(path.join(folder, toFolder(plan)), { recursive: true });
  for (const file of [one, other]) await writeFile(path.join(folder, file ?? ''), bytes);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), files: [one ?? '', other ?? ''] };
}

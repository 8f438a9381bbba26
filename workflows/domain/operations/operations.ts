/**
 * The provider's operations: one row per operation, with its path and the rules of its fields. The rules are data from
 * which client checks, CLI options and the provider's request body are derived.
 */

export type FieldRule = FieldRuleBase & (NumberRule | TextRule | ChoiceRule | FlagRule | ColoursRule);

interface FieldRuleBase {
  readonly required?: true;
  /** One line for people, shown in --help. */
  readonly about: string;
}
interface NumberRule {
  readonly type: 'integer' | 'number';
  readonly minimum: number;
  readonly maximum: number;
}
interface TextRule {
  readonly type: 'text' | 'url';
  /** Maximum length, in characters. */
  readonly maximumLength: number;
}
interface ChoiceRule {
  readonly type: 'choice';
  readonly choices: readonly string[];
}
interface FlagRule {
  readonly type: 'flag';
}
interface ColoursRule {
  readonly type: 'colours';
}

export interface OperationRow {
  /** Path of the POST; the status is at `<path>/status/<job id>`. */
  readonly path: string;
  readonly output: 'image';
  /** Usual time of a job, in ms; used if the provider gives no estimate. */
  readonly typicalMs: number;
  /** Time after which an unfinished job is overdue, in ms. */
  readonly jobTimeBudgetMs: number;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

const MAX_SEED = Number.MAX_SAFE_INTEGER;
/** The API documents no limit; a longer prompt is a mistake in the caller's data. */
const MAX_PROMPT_LENGTH = 10_000;
const MAX_URL_LENGTH = 2_048;

export const OPERATIONS = {
  'generate/image': {
    path: '/generate/image/v1',
    output: 'image',
    typicalMs: 8_000,
    jobTimeBudgetMs: 15 * 60_000,
    fields: {
      prompt: { type: 'text', required: true, maximumLength: MAX_PROMPT_LENGTH, about: 'what the image shows' },
      width: { type: 'integer', minimum: 1, maximum: 1024, about: 'pixels, default 1024' },
      height: { type: 'integer', minimum: 1, maximum: 1024, about: 'pixels, default 1024' },
      seed: {
        type: 'integer',
        minimum: -1,
        maximum: MAX_SEED,
        about: 'the same seed draws the same; -1 is random',
      },
      output_format: { type: 'choice', choices: ['webp', 'jpeg', 'png'], about: 'default webp' },
      num_inference_steps: { type: 'integer', minimum: 1, maximum: 50, about: 'default 8' },
      guidance_scale: { type: 'number', minimum: 0, maximum: 20, about: "default is the model's" },
      enhance_prompt: { type: 'flag', about: 'let the provider rewrite the prompt' },
      palette: { type: 'colours', about: 'brand colours, for example #0a7cff,#ffffff' },
      logo_url: { type: 'url', maximumLength: MAX_URL_LENGTH, about: 'public URL of a logo' },
      profile_id: { type: 'text', maximumLength: 200, about: 'identity profile to apply' },
      server_id: { type: 'text', maximumLength: 200, about: 'Enterprise: a dedicated server' },
    },
  },
} as const satisfies Record<string, OperationRow>;

/** An operation of the API, for example `generate/image`. */
export type OperationName = keyof typeof OPERATIONS;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];
export const DEFAULT_OPERATION: OperationName = 'generate/image';

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

/** The row of an operation, with the common type rather than its literal type. */
export function getOperationRow(name: OperationName): OperationRow {
  return OPERATIONS[name];
}

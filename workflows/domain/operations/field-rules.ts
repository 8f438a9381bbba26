/** The rules of request fields, as data, and the rules that several operations share. */

export type FieldRule = FieldRuleBase &
  (NumberRule | TextRule | AddressRule | ChoiceRule | FlagRule | ColourRule | ObjectRule);

interface FieldRuleBase {
  /** Set only if every source that knows the operation requires the field. */
  readonly required?: true;
  /** The provider's default as documented, if it is a plain value. Never sent: the API gets only what the caller gave. */
  readonly default?: string | number | boolean;
  /** Whether the value must not appear in errors and logs. Default false. */
  readonly isPrivate?: true;
  /** One line for people, shown in --help and in the documentation. */
  readonly about: string;
}

interface NumberRule {
  readonly type: 'integer' | 'number';
  readonly minimum: number;
  readonly maximum: number;
  readonly multipleOf?: number;
}
/** `texts`: a list. */
interface TextRule {
  readonly type: 'text' | 'texts';
  /** Maximum length of a text, in characters. */
  readonly maximumLength: number;
}
/** `urls`: one address or a list of addresses. */
interface AddressRule {
  readonly type: 'url' | 'urls';
  /** What is at the address. */
  readonly media: 'image' | 'audio';
  /** Maximum length of an address, in characters. */
  readonly maximumLength: number;
}
interface ChoiceRule {
  readonly type: 'choice';
  readonly choices: readonly string[];
}
interface FlagRule {
  readonly type: 'flag';
}
/** `colours`: a list of colours. */
interface ColourRule {
  readonly type: 'colour' | 'colours';
}
interface ObjectRule {
  readonly type: 'object';
}

/** The kind of an operation's results. */
export type OutputKind = 'image' | 'video' | 'audio' | 'mesh';

/** A field of a completed status with the address of a result. */
export interface ResultField {
  readonly field: string;
  readonly role: string;
}

export interface OperationRow {
  /** Path of the POST; the status is at `<path>/status/<job id>`. */
  readonly path: string;
  readonly output: OutputKind;
  /** One line for people. */
  readonly about: string;
  /** The field that differs from item to item: the prompt, the text or the picture. */
  readonly main: string;
  /** Fields of which a request needs at least one. Default: the required fields suffice. */
  readonly requiresOneOf?: readonly string[];
  /** Where a completed status has the addresses of the results; the first that is present is the main one. */
  readonly results: readonly ResultField[];
  /** The file format if the request names none. */
  readonly defaultFormat: string;
  /** Usual time of a job, in ms; used if the provider gives no estimate. */
  readonly typicalMs: number;
  /** Time after which an unfinished job is overdue, in ms. */
  readonly jobTimeBudgetMs: number;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

export type OperationRows = Readonly<Record<string, OperationRow>>;

const MAX_SEED = Number.MAX_SAFE_INTEGER;
/** The API documents no limit; a longer prompt is a mistake in the caller's data. */
const MAX_PROMPT_LENGTH = 10_000;
const MAX_SPEECH_LENGTH = 5_000;
const MAX_URL_LENGTH = 2_048;
const MAX_NAME_LENGTH = 200;

export const RESULT = [{ field: 'result_url', role: 'result' }] as const;

export function prompt(about: string) {
  return { type: 'text', maximumLength: MAX_PROMPT_LENGTH, isPrivate: true, about } as const;
}

export function speech(about: string) {
  return { type: 'text', maximumLength: MAX_SPEECH_LENGTH, isPrivate: true, about } as const;
}

/** A short name or label. */
export function label(about: string) {
  return { type: 'text', maximumLength: MAX_NAME_LENGTH, about } as const;
}

export function image(about: string) {
  return { type: 'url', media: 'image', maximumLength: MAX_URL_LENGTH, about } as const;
}

/** One picture, or a list. No source documents a maximum number. */
export function images(about: string) {
  return { type: 'urls', media: 'image', maximumLength: MAX_URL_LENGTH, about } as const;
}

export function audio(about: string) {
  return { type: 'url', media: 'audio', maximumLength: MAX_URL_LENGTH, about } as const;
}

export function integer(minimum: number, maximum: number, about: string) {
  return { type: 'integer', minimum, maximum, about } as const;
}

export function number(minimum: number, maximum: number, about: string) {
  return { type: 'number', minimum, maximum, about } as const;
}

export function pixels(maximum: number) {
  return integer(1, maximum, 'pixels');
}

export function steps(maximum: number) {
  return integer(1, maximum, 'more steps take longer');
}

export const NEGATIVE_PROMPT = prompt('what the picture must not show');
export const SEED = integer(-1, MAX_SEED, 'the same seed draws the same; -1 is random');
export const IMAGE_FORMAT = { type: 'choice', choices: ['webp', 'jpeg', 'png'], about: 'file format' } as const;
export const WEBP = { ...IMAGE_FORMAT, default: 'webp' } as const;
export const PALETTE = { type: 'colours', about: 'brand colours, for example #0a7cff,#ffffff' } as const;
export const LOGO = image('public URL of a logo');
export const POSITION = {
  type: 'choice',
  choices: ['bottom_right', 'bottom_left', 'top_right', 'top_left'],
  default: 'bottom_right',
  about: 'corner of the logo',
} as const;
export const PROFILE = label('identity profile to apply');
export const SERVER = label('Enterprise: a dedicated server');
export const LANGUAGE = { ...label('language of the text'), default: 'en' } as const;
export const METADATA = { type: 'object', about: 'your own data; the provider does not return it' } as const;
export const EXAGGERATION = { ...number(0, 1, 'strength of the emotion'), default: 0.5 } as const;
export const SPEECH_TOKENS = { ...integer(1, 1_024, 'maximum length of the sound'), default: 256 } as const;
export const WATERMARK = { type: 'flag', default: true, about: 'mark the sound as generated, inaudibly' } as const;

export const MINUTE_MS = 60_000;

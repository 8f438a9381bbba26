/** Identity profiles: settings that requests name by `profile_id`. Sources: O1, and P2 for one choice; see `generate.ts`. */
import { type FieldRule, IMAGE_FORMAT, integer, label, number, PALETTE, prompt, steps } from './field-rules';
import type { RequestOfFields } from './request-type';

const MAX_NAME_LENGTH = 128;
const MAX_DESCRIPTION_LENGTH = 512;
const MAX_ADDRESS_LENGTH = 2_048;

/** Fields of a profile that can be set. */
export const PROFILE_FIELDS = {
  name: { type: 'text', maximumLength: MAX_NAME_LENGTH, required: true, about: 'name of the profile' },
  description: { type: 'text', maximumLength: MAX_DESCRIPTION_LENGTH, about: 'what the profile is for' },
  tags: { type: 'texts', maximumLength: MAX_NAME_LENGTH, about: 'tags, for example spring,shop' },
  callback_url: {
    type: 'text',
    maximumLength: MAX_ADDRESS_LENGTH,
    about: 'address that is called when a job of the profile ends; that of a request wins',
  },
  intent_id: label('intent'),
  prompt_template: prompt('text that is added to prompts'),
  // P2 adds `replace`.
  prompt_template_mode: {
    type: 'choice',
    choices: ['suffix', 'prefix', 'replace'],
    default: 'suffix',
    about: 'where the template is added',
  },
  negative_prompt: prompt('what pictures must not show'),
  steps: steps(150),
  cfg_scale: number(0, 30, 'closeness to the prompt'),
  seed_strategy: { type: 'choice', choices: ['random', 'fixed', 'user'], default: 'random', about: 'choice of seeds' },
  fixed_seed: integer(-1, Number.MAX_SAFE_INTEGER, 'the seed of the strategy fixed'),
  palette: PALETTE,
  width: integer(64, 2_048, 'pixels'),
  height: integer(64, 2_048, 'pixels'),
  output_format: IMAGE_FORMAT,
  extra_params: { type: 'object', about: 'further parameters, as an object' },
} as const satisfies Readonly<Record<string, FieldRule>>;

/** What a new profile may contain. */
export type ProfileFields = RequestOfFields<typeof PROFILE_FIELDS>;

/** The fields of a profile that change. */
export type ProfileChanges = Partial<ProfileFields>;

/** A profile as the API returns it, with the fields that were set, and others. */
export interface Profile {
  readonly profile_id: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

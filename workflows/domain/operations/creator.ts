/** `creator/…`: pictures of models for shops and social media. Sources: see `generate.ts`. */
import {
  image,
  MINUTE_MS,
  NEGATIVE_PROMPT,
  number,
  type OperationRows,
  PALETTE,
  PROFILE,
  pixels,
  prompt,
  RESULT,
  SEED,
  SERVER,
  steps,
  WEBP,
} from './field-rules';

export const CREATOR = {
  'creator/instamodel/image': {
    path: '/creator/instamodel/image/v1',
    output: 'image',
    about: 'a picture of a model with a given face',
    main: 'input_face',
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 15_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      prompt: { ...prompt('what the picture shows'), required: true },
      input_face: { ...image('public URL of a picture of the face'), required: true },
      width: { ...pixels(2_048), default: 768 },
      height: { ...pixels(2_048), default: 1_024 },
      // O1: no seed is random, not -1.
      seed: SEED,
      negative_prompt: NEGATIVE_PROMPT,
      output_format: WEBP,
      palette: PALETTE,
      profile_id: PROFILE,
      server_id: SERVER,
    },
  },
  'creator/tryon/image': {
    path: '/creator/tryon/image/v1',
    output: 'image',
    about: 'a person who wears a given garment',
    // A shop has many garments and few models.
    main: 'clothing_image',
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 30_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      person_image: { ...image('public URL of a picture of the person'), required: true },
      clothing_image: { ...image('public URL of a picture of the garment'), required: true },
      // A marketing sample sends `female`, which O1 does not allow.
      gender: { type: 'choice', choices: ['woman', 'man'], default: 'woman', about: 'of the person' },
      width: { ...pixels(2_048), default: 832 },
      height: { ...pixels(2_048), default: 1_248 },
      output_format: WEBP,
      negative_prompt: NEGATIVE_PROMPT,
      num_inference_steps: { ...steps(100), default: 30 },
      guidance_scale: { ...number(1, 20, 'closeness to the input'), default: 2.5 },
      seed: { ...SEED, default: -1 },
      profile_id: PROFILE,
      server_id: SERVER,
    },
  },
} as const satisfies OperationRows;

/**
 * `branding/…`: logos and templates. Sources: see `generate.ts`. They disagree about what these operations do: O1
 * generates a picture of a prompt and brands it, K brands a given picture. Each requires a prompt or a picture.
 */
import {
  image,
  LOGO,
  MINUTE_MS,
  type OperationRows,
  PALETTE,
  POSITION,
  pixels,
  prompt,
  RESULT,
  SEED,
  SERVER,
  WEBP,
} from './field-rules';

/** Of O1. */
const GENERATED = {
  prompt: prompt('what the picture shows, if none is given'),
  palette: PALETTE,
  width: pixels(1_024),
  height: pixels(1_024),
  seed: { ...SEED, default: -1 },
  output_format: WEBP,
  server_id: SERVER,
} as const;

/** Of K. */
const GIVEN = { input_image: image('public URL of the picture to brand'), logo_url: LOGO, position: POSITION } as const;

export const BRANDING = {
  'branding/logo/image': {
    path: '/branding/logo/image/v1',
    output: 'image',
    about: 'a picture with a logo',
    main: 'input_image',
    requiresOneOf: ['prompt', 'input_image'],
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 9_600,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: { ...GENERATED, ...GIVEN },
  },
  'branding/template/image': {
    path: '/branding/template/image/v1',
    output: 'image',
    about: 'a picture in the colours of a brand',
    main: 'input_image',
    requiresOneOf: ['prompt', 'input_image'],
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 20_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      ...GENERATED,
      ...GIVEN,
      // K only.
      background_prompt: prompt('the background'),
      palette_mode: {
        type: 'choice',
        choices: ['similar', 'complementary', 'radical'],
        about: 'how the colours relate to those of the picture',
      },
      subject_description: prompt('what the subject is'),
    },
  },
} as const satisfies OperationRows;

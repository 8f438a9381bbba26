/** `upscale/…`: enlarges a picture. Sources: see `generate.ts`. */
import {
  image,
  integer,
  MINUTE_MS,
  number,
  type OperationRows,
  PALETTE,
  PROFILE,
  pixels,
  RESULT,
  SEED,
  SERVER,
  steps,
  WEBP,
} from './field-rules';

export const UPSCALE = {
  'upscale/image': {
    path: '/upscale/image/v1',
    output: 'image',
    about: 'a picture, enlarged',
    main: 'input_image',
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 15_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      // Required by K; nullable in O1 and M.
      input_image: image('public URL of the picture'),
      // O1 and M only; K has `scale` instead.
      width: { ...pixels(2_048), default: 1_024 },
      height: { ...pixels(2_048), default: 1_024 },
      // K only; 1 enhances without enlarging.
      scale: { ...integer(1, 4, 'factor; 1 only enhances'), default: 4 },
      output_format: WEBP,
      palette: PALETTE,
      num_inference_steps: { ...steps(100), default: 10 },
      guidance_scale: { ...number(1, 20, 'closeness to the input'), default: 1.5 },
      seed: { ...SEED, default: -1 },
      profile_id: PROFILE,
      server_id: SERVER,
    },
  },
} as const satisfies OperationRows;

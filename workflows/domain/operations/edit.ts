/** `edit/…`: changes a picture as a prompt says. Sources: see `generate.ts`. */
import {
  images,
  integer,
  label,
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

/** The fields of edits. O1 and O2 use the same schema for `background/change/image`. */
export const EDIT_FIELDS = {
  prompt: { ...prompt('the change'), required: true },
  // Not required by O1 and O2.
  input_image: images('public URL of the picture; several form one input'),
  mode: label('style, for example anime'),
  width: pixels(2_048),
  height: pixels(2_048),
  output_format: WEBP,
  palette: PALETTE,
  num_inference_steps: { ...steps(100), default: 8 },
  guidance_scale: { ...number(0, 20, 'closeness to the prompt'), default: 1.5 },
  seed: { ...SEED, default: -1 },
  refine_strength: number(0, 1, 'strength of the refinement'),
  faster_inference: { type: 'flag', default: true, about: 'faster, with less detail' },
  cfg_norm_strength: number(0, 1, 'strength of the normalization'),
  // O2 only.
  product_saturation: { ...number(0, 2, 'saturation of the product'), default: 0.85 },
  // C-mp and C-www only.
  tone_correction: number(0, 1, 'adaptation of the tones'),
  has_text: { type: 'flag', about: 'the picture has text that must stay legible' },
  profile_id: PROFILE,
  server_id: SERVER,
} as const;

export const EDIT = {
  'edit/image': {
    path: '/edit/image/v1',
    output: 'image',
    about: 'a picture, changed as a prompt says',
    main: 'input_image',
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 15_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      ...EDIT_FIELDS,
      // C-mp and C-www only.
      has_product: { type: 'flag', about: 'the picture shows a product that must not change' },
      // K only.
      mask_segment: label('part of the picture to change, as named by the segmentation'),
      mask_feather_px: { ...integer(0, 64, 'softness of the edge of the part, in pixels'), default: 8 },
      negative_prompt: NEGATIVE_PROMPT,
    },
  },
} as const satisfies OperationRows;

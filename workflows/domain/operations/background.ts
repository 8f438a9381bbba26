/** `background/…`: replaces or removes what is behind the subject. Sources: see `generate.ts`. */
import { EDIT_FIELDS } from './edit';
import { IMAGE_FORMAT, image, MINUTE_MS, number, type OperationRows, prompt, RESULT, SERVER } from './field-rules';

export const BACKGROUND = {
  'background/change/image': {
    path: '/background/change/image/v1',
    output: 'image',
    about: 'a picture with another background',
    main: 'input_image',
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 31_500,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      // O1 requires only the prompt; C-mp and C-www also the picture; K also the description of the subject.
      ...EDIT_FIELDS,
      prompt: { ...EDIT_FIELDS.prompt, about: 'the new background' },
      // C-mp, C-www and K; not in O1.
      use_segmentation: { type: 'flag', default: true, about: 'separate the subject before the change' },
      subject_description: prompt('what the subject is'),
      // K only; it gives no range for the scale.
      true_cfg_scale: { ...number(0, 20, 'closeness to the prompt'), default: 4 },
      harmonize_strength: number(0, 1, 'adaptation of the light'),
    },
  },
  'background/remove/image': {
    // C-mp, C-www and K; in neither O1 nor O2.
    path: '/background/remove/image/v1',
    output: 'image',
    about: 'the subject of a picture, cut out',
    main: 'input_image',
    // K: always a cut-out; a result only if `recolor` was given.
    results: [...RESULT, { field: 'cutout_url', role: 'cutout' }],
    defaultFormat: 'png',
    typicalMs: 8_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      input_image: { ...image('public URL of the picture'), required: true },
      recolor: { type: 'colour', about: 'colour of the new background; without it only the transparent cut-out' },
      drop_shadow: { type: 'flag', default: false, about: 'draw a shadow' },
      // No source gives a range for the shadow; its sizes are fractions of the picture.
      shadow_opacity: { ...number(0, 1, 'darkness of the shadow'), default: 0.38 },
      shadow_blur: { ...number(0, 1, 'softness of the shadow, as a fraction of the picture'), default: 0.018 },
      shadow_dy: { ...number(-1, 1, 'shift of the shadow downwards, as a fraction of the picture'), default: 0.022 },
      shadow_dx: { ...number(-1, 1, 'shift of the shadow to the right, as a fraction of the picture'), default: 0.004 },
      // K: png is the default here, unlike elsewhere.
      output_format: { ...IMAGE_FORMAT, default: 'png' },
      server_id: SERVER,
    },
  },
} as const satisfies OperationRows;

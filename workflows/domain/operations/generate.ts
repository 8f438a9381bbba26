/**
 * `generate/…`: pictures, clips, speech and meshes.
 *
 * Sources of all rows: O1 and O2, the provider's OpenAPI descriptions (2026-05-31); K, its Python SDK 0.4.0; C, its
 * capability pages (C-stage, C-mp, C-www, from older to newer); M, the sources of its documentation. No row was
 * verified against the live API. Where the sources differ, the union is accepted.
 */
import {
  audio,
  EXAGGERATION,
  image,
  integer,
  LANGUAGE,
  LOGO,
  label,
  METADATA,
  MINUTE_MS,
  number,
  type OperationRows,
  PALETTE,
  PROFILE,
  pixels,
  prompt,
  RESULT,
  SEED,
  SERVER,
  SPEECH_TOKENS,
  speech,
  steps,
  WATERMARK,
  WEBP,
} from './field-rules';

/** Of a clip, in pixels. */
const CLIP_SIDE = { ...integer(32, 1_536, 'pixels'), multipleOf: 32 } as const;

export const GENERATE = {
  'generate/image': {
    path: '/generate/image/v1',
    output: 'image',
    about: 'a picture of a prompt',
    main: 'prompt',
    results: RESULT,
    defaultFormat: 'webp',
    typicalMs: 8_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      prompt: { ...prompt('what the image shows'), required: true },
      width: { ...pixels(1_024), default: 1_024 },
      height: { ...pixels(1_024), default: 1_024 },
      seed: { ...SEED, default: -1 },
      output_format: WEBP,
      num_inference_steps: { ...steps(50), default: 8 },
      guidance_scale: number(0, 20, "closeness to the prompt; default is the model's"),
      // C and K; not in O1.
      enhance_prompt: { type: 'flag', default: false, about: 'let the provider rewrite the prompt' },
      palette: PALETTE,
      logo_url: LOGO,
      profile_id: PROFILE,
      server_id: SERVER,
    },
  },
  'generate/video': {
    path: '/generate/video/v1',
    output: 'video',
    about: 'a clip that animates a picture',
    main: 'input_image',
    results: RESULT,
    defaultFormat: 'mp4',
    typicalMs: 60_000,
    jobTimeBudgetMs: 30 * MINUTE_MS,
    fields: {
      // The prose of O1 also mentions clips from text alone; every schema requires the picture.
      input_image: { ...image('first frame'), required: true },
      prompt: prompt("how the picture moves; default is the provider's sentence"),
      width: { ...CLIP_SIDE, default: 896 },
      height: { ...CLIP_SIDE, default: 512 },
      duration_seconds: { ...number(0.1, 10, 'length of the clip in seconds'), default: 2 },
      seed: { ...SEED, default: 42 },
      metadata: METADATA,
      server_id: SERVER,
    },
  },
  'generate/speech': {
    path: '/generate/speech/v1',
    output: 'audio',
    about: 'speech of a text',
    main: 'text',
    results: RESULT,
    defaultFormat: 'wav',
    typicalMs: 10_000,
    jobTimeBudgetMs: 15 * MINUTE_MS,
    fields: {
      text: { ...speech('what is said'), required: true },
      language_id: LANGUAGE,
      target_voice_path: audio('public URL of a voice to imitate'),
      max_new_tokens: SPEECH_TOKENS,
      exaggeration: EXAGGERATION,
      apply_watermark: WATERMARK,
      metadata: METADATA,
      server_id: SERVER,
    },
  },
  'generate/3d': {
    path: '/generate/3d/v1',
    output: 'mesh',
    about: 'a mesh of a picture',
    main: 'image_path',
    results: RESULT,
    defaultFormat: 'glb',
    typicalMs: 60_000,
    jobTimeBudgetMs: 30 * MINUTE_MS,
    fields: {
      image_path: { ...image('picture of the object'), required: true },
      // O1: the API's default is `generate`. K always sends `generate_and_paint` unless the caller sets it.
      mode: {
        type: 'choice',
        choices: ['generate', 'paint', 'generate_and_paint'],
        default: 'generate',
        about: 'shape, colours, or both',
      },
      mesh_save_name: label('name of the mesh at the provider'),
      painted_save_name: label('name of the painted mesh at the provider'),
      auto_unload: { type: 'flag', default: true, about: 'free the memory of the model afterwards' },
      server_id: SERVER,
    },
  },
} as const satisfies OperationRows;

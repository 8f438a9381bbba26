/** The endpoints that make pictures, from the published descriptions. */
import { type Body, type EndpointRow, readNumber, readText } from './endpoint';
import * as check from './field-checks';
import { OUTPUT_FORMATS, type PictureWork, POSITIONS } from './job-request';

const SIDE = 1_024;
const image = { check: check.nullable(check.webUrl) };
const requiredImage = { required: true, check: check.webUrl } as const;
const prompt = { required: true, check: check.filledText } as const;
const optionalText = { check: check.nullable(check.text) };
const flag = { check: check.flag };
const share = { check: check.nullable(check.number(0, 1)) };
const size = (most: number) => ({ check: check.nullable(check.integer(1, most)) });
const steps = (most: number) => ({ check: check.nullable(check.integer(1, most)) });
const guidance = (least: number) => ({ check: check.nullable(check.number(least, 20)) });

const LOOK: EndpointRow['fields'] = {
  output_format: { check: check.oneOf(OUTPUT_FORMATS) },
  palette: { check: check.nullable(check.listOf(check.hexColour)) },
  seed: { check: check.nullable(check.integer(-1)) },
};

const PERSON: EndpointRow['fields'] = {
  ...LOOK,
  prompt,
  input_image: image,
  width: size(2_048),
  height: size(2_048),
  negative_prompt: optionalText,
  num_inference_steps: steps(100),
  guidance_scale: guidance(1),
  profile_id: optionalText,
};

const EDIT: EndpointRow['fields'] = {
  ...LOOK,
  prompt,
  input_image: { check: check.nullable(check.either(check.webUrl, check.listOf(check.webUrl))) },
  mode: optionalText,
  width: size(2_048),
  height: size(2_048),
  num_inference_steps: steps(100),
  guidance_scale: guidance(0),
  refine_strength: share,
  faster_inference: flag,
  cfg_norm_strength: share,
  product_saturation: { check: check.nullable(check.number(0, 2)) },
  tone_correction: share,
  has_text: flag,
  profile_id: optionalText,
};

/** The two published shapes of both branding endpoints, taken together. */
const BRANDING: EndpointRow['fields'] = {
  ...LOOK,
  prompt: { check: check.nullable(check.filledText) },
  input_image: image,
  logo_url: image,
  position: { check: check.oneOf(POSITIONS) },
  width: size(1_024),
  height: size(1_024),
};

function toPictureWork(body: Body, changes: Partial<PictureWork> = {}): PictureWork {
  const format = OUTPUT_FORMATS.find((one) => one === body['output_format']);
  const position = POSITIONS.find((one) => one === body['position']);
  const palette = body['palette'];
  return {
    kind: 'picture',
    effect: 'compose',
    width: readNumber(body, 'width'),
    height: readNumber(body, 'height'),
    scale: 1,
    palette: Array.isArray(palette) ? palette.map(String) : null,
    position: position ?? 'bottom_right',
    recolor: null,
    ...changes,
    format: format ?? changes.format ?? 'webp',
  };
}

/** A picture of a fixed size unless the request names another one. */
function withSize(width: number, height: number): EndpointRow['toWork'] {
  return (body) =>
    toPictureWork(body, {
      width: readNumber(body, 'width') ?? width,
      height: readNumber(body, 'height') ?? height,
    });
}

export const PICTURE_ENDPOINTS = {
  'generate/image': {
    price: 1,
    durationFactor: 1,
    inputs: {},
    fields: {
      prompt,
      width: { check: check.integer(1, 1_024) },
      height: { check: check.integer(1, 1_024) },
      ...LOOK,
      seed: { check: check.integer(-1) },
      num_inference_steps: steps(50),
      guidance_scale: guidance(0),
      logo_url: image,
      profile_id: optionalText,
      enhance_prompt: flag,
    },
    toWork: withSize(SIDE, SIDE),
  },
  'edit/image': {
    price: 1,
    durationFactor: 2,
    inputs: { input_image: 'image' },
    fields: {
      ...EDIT,
      has_product: flag,
      mask_segment: optionalText,
      mask_feather_px: { check: check.integer(0, 64) },
      negative_prompt: optionalText,
    },
    toWork: (body) => toPictureWork(body),
  },
  'background/change/image': {
    price: 1,
    durationFactor: 4,
    inputs: { input_image: 'image' },
    fields: {
      ...EDIT,
      use_segmentation: flag,
      subject_description: optionalText,
      true_cfg_scale: guidance(0),
      harmonize_strength: share,
    },
    toWork: (body) => toPictureWork(body),
  },
  'background/remove/image': {
    price: 1,
    durationFactor: 1,
    inputs: { input_image: 'image' },
    fields: {
      input_image: requiredImage,
      recolor: { check: check.nullable(check.hexColour) },
      drop_shadow: flag,
      shadow_opacity: { check: check.number(0, 1) },
      shadow_blur: { check: check.number(0, 1) },
      shadow_dy: { check: check.number(-1, 1) },
      shadow_dx: { check: check.number(-1, 1) },
      output_format: { check: check.oneOf(OUTPUT_FORMATS) },
    },
    toWork: (body) => toPictureWork(body, { effect: 'cut-out', format: 'png', recolor: readText(body, 'recolor') }),
  },
  'upscale/image': {
    price: 1,
    durationFactor: 2,
    inputs: { input_image: 'image' },
    fields: {
      ...LOOK,
      input_image: image,
      width: size(2_048),
      height: size(2_048),
      scale: { check: check.nullable(check.integer(1, 4)) },
      num_inference_steps: steps(100),
      guidance_scale: guidance(1),
      profile_id: optionalText,
    },
    toWork: (body) => toPictureWork(body, { scale: readNumber(body, 'scale') ?? 4 }),
  },
  'branding/logo/image': {
    price: 1,
    durationFactor: 1,
    inputs: { input_image: 'image', logo_url: 'image' },
    fields: BRANDING,
    toWork: (body) => toPictureWork(body, { effect: 'place-logo' }),
  },
  'branding/template/image': {
    price: 1,
    durationFactor: 3,
    inputs: { input_image: 'image', logo_url: 'image' },
    fields: {
      ...BRANDING,
      background_prompt: optionalText,
      palette_mode: { check: check.nullable(check.oneOf(['similar', 'complementary', 'radical'])) },
      subject_description: optionalText,
    },
    toWork: (body) => toPictureWork(body, { effect: 'place-logo' }),
  },
  'identity/faceswap/image': {
    price: 1,
    durationFactor: 3,
    inputs: { target: 'image', source: 'image' },
    fields: {
      target: requiredImage,
      source: requiredImage,
      upscale: { check: check.number(1, 4) },
      restore_weight: { check: check.number(0, 1) },
      palette: LOOK['palette'] ?? optionalText,
      output_format: { check: check.oneOf(OUTPUT_FORMATS) },
      profile_id: optionalText,
    },
    toWork: (body) => toPictureWork(body, { scale: readNumber(body, 'upscale') ?? 1.5 }),
  },
  'identity/lock/image': {
    price: 1,
    durationFactor: 2,
    inputs: { input_image: 'image' },
    fields: PERSON,
    toWork: withSize(SIDE, SIDE),
  },
  'identity/replace/image': {
    price: 1,
    durationFactor: 3,
    inputs: { input_image: 'image' },
    fields: PERSON,
    toWork: withSize(SIDE, SIDE),
  },
  'creator/instamodel/image': {
    price: 1,
    durationFactor: 2,
    inputs: { input_face: 'image' },
    fields: {
      ...LOOK,
      prompt,
      input_face: requiredImage,
      width: size(2_048),
      height: size(2_048),
      negative_prompt: optionalText,
      profile_id: optionalText,
    },
    toWork: withSize(768, 1_024),
  },
  'creator/tryon/image': {
    price: 1,
    durationFactor: 4,
    inputs: { person_image: 'image', clothing_image: 'image' },
    fields: {
      ...LOOK,
      person_image: requiredImage,
      clothing_image: requiredImage,
      gender: { check: check.oneOf(['woman', 'man']) },
      width: size(2_048),
      height: size(2_048),
      negative_prompt: optionalText,
      num_inference_steps: steps(100),
      guidance_scale: guidance(1),
      profile_id: optionalText,
    },
    toWork: withSize(832, 1_248),
  },
} as const satisfies Readonly<Record<string, EndpointRow>>;

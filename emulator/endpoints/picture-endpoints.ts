/** The endpoints that make pictures, from the published descriptions. */
import { type Body, type EndpointRow, readNumber, readText } from './endpoint';
import * as check from './field-checks';
import { OUTPUT_FORMATS, type PictureWork, POSITIONS } from './job-request';

const SIDE = 1_024;
const image = { check: check.nullable(check.webUrl) };
const prompt = { required: true, check: check.filledText } as const;
const flag = { check: check.flag };
const share = { check: check.nullable(check.number(0, 1)) };
const countTo = (most: number) => ({ check: check.nullable(check.integer(1, most)) });
const colours = { check: check.nullable(check.listOf(check.hexColour)) };
const outputFormat = { check: check.oneOf(OUTPUT_FORMATS) };
const guidance = (least: number) => ({ check: check.nullable(check.number(least, 20)) });

const LOOK: EndpointRow['fields'] = {
  output_format: outputFormat,
  palette: colours,
  seed: { check: check.nullable(check.integer(-1)) },
};

const PERSON: EndpointRow['fields'] = {
  ...LOOK,
  prompt,
  input_image: image,
  width: countTo(2_048),
  height: countTo(2_048),
  negative_prompt: check.optionalText,
  num_inference_steps: countTo(100),
  guidance_scale: guidance(1),
  profile_id: check.optionalText,
};

const EDIT: EndpointRow['fields'] = {
  ...LOOK,
  prompt,
  input_image: { check: check.nullable(check.either(check.webUrl, check.listOf(check.webUrl))) },
  mode: check.optionalText,
  width: countTo(2_048),
  height: countTo(2_048),
  num_inference_steps: countTo(100),
  guidance_scale: guidance(0),
  refine_strength: share,
  faster_inference: flag,
  cfg_norm_strength: share,
  product_saturation: { check: check.nullable(check.number(0, 2)) },
  tone_correction: share,
  has_text: flag,
  profile_id: check.optionalText,
};

/** The two published shapes of both branding endpoints, taken together. */
const BRANDING: EndpointRow['fields'] = {
  ...LOOK,
  prompt: { check: check.nullable(check.filledText) },
  input_image: image,
  logo_url: image,
  position: { check: check.oneOf(POSITIONS) },
  width: countTo(1_024),
  height: countTo(1_024),
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
      num_inference_steps: countTo(50),
      guidance_scale: guidance(0),
      logo_url: image,
      profile_id: check.optionalText,
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
      mask_segment: check.optionalText,
      mask_feather_px: { check: check.integer(0, 64) },
      negative_prompt: check.optionalText,
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
      subject_description: check.optionalText,
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
      input_image: check.requiredAddress,
      recolor: { check: check.nullable(check.hexColour) },
      drop_shadow: flag,
      shadow_opacity: { check: check.number(0, 1) },
      shadow_blur: { check: check.number(0, 1) },
      shadow_dy: { check: check.number(-1, 1) },
      shadow_dx: { check: check.number(-1, 1) },
      output_format: outputFormat,
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
      width: countTo(2_048),
      height: countTo(2_048),
      scale: countTo(4),
      num_inference_steps: countTo(100),
      guidance_scale: guidance(1),
      profile_id: check.optionalText,
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
      background_prompt: check.optionalText,
      palette_mode: { check: check.nullable(check.oneOf(['similar', 'complementary', 'radical'])) },
      subject_description: check.optionalText,
    },
    toWork: (body) => toPictureWork(body, { effect: 'place-logo' }),
  },
  'identity/faceswap/image': {
    price: 1,
    durationFactor: 3,
    inputs: { target: 'image', source: 'image' },
    fields: {
      target: check.requiredAddress,
      source: check.requiredAddress,
      upscale: { check: check.number(1, 4) },
      restore_weight: { check: check.number(0, 1) },
      palette: colours,
      output_format: outputFormat,
      profile_id: check.optionalText,
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
      input_face: check.requiredAddress,
      width: countTo(2_048),
      height: countTo(2_048),
      negative_prompt: check.optionalText,
      profile_id: check.optionalText,
    },
    toWork: withSize(768, 1_024),
  },
  'creator/tryon/image': {
    price: 1,
    durationFactor: 4,
    inputs: { person_image: 'image', clothing_image: 'image' },
    fields: {
      ...LOOK,
      person_image: check.requiredAddress,
      clothing_image: check.requiredAddress,
      gender: { check: check.oneOf(['woman', 'man']) },
      width: countTo(2_048),
      height: countTo(2_048),
      negative_prompt: check.optionalText,
      num_inference_steps: countTo(100),
      guidance_scale: guidance(1),
      profile_id: check.optionalText,
    },
    toWork: withSize(832, 1_248),
  },
} as const satisfies Readonly<Record<string, EndpointRow>>;

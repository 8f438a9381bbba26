/** The endpoints that make clips, sounds and meshes, from the published descriptions. */
import { type EndpointRow, readNumber } from './endpoint';
import * as check from './field-checks';

const MAX_TEXT = 5_000;
const side = { check: check.multipleOf(32, 32, 1_536) };

const SPEECH: EndpointRow['fields'] = {
  text: { required: true, check: check.textUpTo(MAX_TEXT) },
  language_id: { check: check.text },
  max_new_tokens: { check: check.integer(1, 1_024) },
  exaggeration: { check: check.number(0, 1) },
  apply_watermark: { check: check.flag },
};

export const OTHER_ENDPOINTS = {
  'generate/video': {
    price: 10,
    durationFactor: 8,
    isStrict: true,
    inputs: { input_image: 'image' },
    fields: {
      input_image: check.requiredAddress,
      prompt: { check: check.text },
      width: side,
      height: side,
      duration_seconds: { check: check.number(0.1, 10) },
      seed: { check: check.integer(-1) },
      metadata: { check: check.nullable(check.object) },
    },
    toWork: (body) => ({
      kind: 'clip',
      width: readNumber(body, 'width') ?? 896,
      height: readNumber(body, 'height') ?? 512,
      seconds: readNumber(body, 'duration_seconds') ?? 2,
    }),
  },
  'generate/speech': {
    price: 1,
    durationFactor: 1,
    inputs: { target_voice_path: 'audio' },
    fields: {
      ...SPEECH,
      target_voice_path: { check: check.nullable(check.webUrl) },
      metadata: { check: check.nullable(check.object) },
    },
    toWork: () => ({ kind: 'sound' }),
  },
  'generate/3d': {
    price: 10,
    durationFactor: 8,
    isStrict: true,
    inputs: { image_path: 'image' },
    fields: {
      image_path: check.requiredAddress,
      mode: { check: check.oneOf(['generate', 'paint', 'generate_and_paint']) },
      mesh_save_name: check.optionalText,
      painted_save_name: check.optionalText,
      auto_unload: { check: check.flag },
    },
    toWork: () => ({ kind: 'mesh' }),
  },
  'identity/voice/clone': {
    price: 1,
    durationFactor: 2,
    isStrict: true,
    inputs: { reference_voice_url: 'audio' },
    fields: { ...SPEECH, reference_voice_url: check.requiredAddress },
    toWork: () => ({ kind: 'sound' }),
  },
} as const satisfies Readonly<Record<string, EndpointRow>>;

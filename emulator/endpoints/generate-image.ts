import * as check from './field-checks';
import { type ImageRequest, OUTPUT_FORMATS, type ParsedRequest } from './image-request';

const FIELDS: Readonly<Record<string, check.Field>> = {
  prompt: { required: true, check: check.filledText },
  width: { check: check.integer(1, 1024) },
  height: { check: check.integer(1, 1024) },
  num_inference_steps: { check: check.nullable(check.integer(1, 50)) },
  guidance_scale: { check: check.nullable(check.number(0, 20)) },
  seed: { check: check.integer(-1) },
  logo_url: { check: check.nullable(check.webUrl) },
  palette: { check: check.nullable(check.listOf(check.hexColour)) },
  output_format: { check: check.oneOf(OUTPUT_FORMATS) },
  profile_id: { check: check.nullable(check.text) },
  callback_url: { check: check.nullable(check.webUrl) },
  server_id: { check: check.nullable(check.text) },
  enhance_prompt: { check: check.flag },
};

type Body = Readonly<Record<string, unknown>>;

export function generateImage(body: Body): ParsedRequest {
  const problems = check.checkFields(FIELDS, body);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, request: toRequest(body) };
}

/** Call only for a valid body: the type assertions rely on its checks. */
function toRequest(body: Body): ImageRequest {
  return {
    prompt: body['prompt'] as string,
    width: (body['width'] as number | undefined) ?? 1024,
    height: (body['height'] as number | undefined) ?? 1024,
    format: (body['output_format'] as ImageRequest['format'] | undefined) ?? 'webp',
    seed: (body['seed'] as number | undefined) ?? -1,
    palette: (body['palette'] as ImageRequest['palette'] | undefined) ?? null,
    callbackUrl: (body['callback_url'] as string | null | undefined) ?? null,
  };
}

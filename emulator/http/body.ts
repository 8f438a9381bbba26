import { isRecord } from '../checks';
import type { Endpoint } from '../endpoints/endpoint';
import type { FieldProblem } from '../endpoints/field-checks';
import type { ParsedRequest } from '../endpoints/job-request';

/** A request body as received. */
export interface RawBody {
  readonly bytes: Buffer;
  readonly contentType: string;
}

const NOT_AN_OBJECT: FieldProblem = {
  loc: ['body'],
  msg: 'Input should be a valid JSON object',
  type: 'model_attributes_type',
};
const MISSING: FieldProblem = { loc: ['body'], msg: 'Field required', type: 'missing' };

export function parseBody(endpoint: Endpoint, { bytes, contentType }: RawBody): ParsedRequest {
  if (bytes.length === 0) return { ok: false, problems: [MISSING] };
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) return { ok: false, problems: [NOT_AN_OBJECT] };
  const parsed = parseJson(bytes);
  if ('problem' in parsed) return { ok: false, problems: [parsed.problem] };
  return isRecord(parsed.value) ? endpoint.parse(parsed.value) : { ok: false, problems: [NOT_AN_OBJECT] };
}

export function parseJson(bytes: Buffer): { readonly value: unknown } | { readonly problem: FieldProblem } {
  try {
    return { value: JSON.parse(bytes.toString('utf8')) };
  } catch (error) {
    return { problem: { loc: ['body'], msg: `JSON decode error: ${String(error)}`, type: 'json_invalid' } };
  }
}

import { isRecord } from '../checks';
import { type Endpoint, readMainText } from '../endpoints/endpoint';
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
  const parsed = parseJson(bytes);
  const body = 'value' in parsed && isRecord(parsed.value) ? parsed.value : null;
  const refuse = (problem: FieldProblem): ParsedRequest => {
    return { ok: false, prompt: body === null ? '' : readMainText(body), problems: [problem] };
  };
  if (bytes.length === 0) return refuse(MISSING);
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) return refuse(NOT_AN_OBJECT);
  if ('problem' in parsed) return refuse(parsed.problem);
  return body === null ? refuse(NOT_AN_OBJECT) : endpoint.parse(body);
}

export function parseJson(bytes: Buffer): { readonly value: unknown } | { readonly problem: FieldProblem } {
  try {
    return { value: JSON.parse(bytes.toString('utf8')) };
  } catch (error) {
    return { problem: { loc: ['body'], msg: `JSON decode error: ${String(error)}`, type: 'json_invalid' } };
  }
}

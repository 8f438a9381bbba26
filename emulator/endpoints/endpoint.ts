import * as check from './field-checks';
import type { Input, JobRequest, ParsedRequest, Work } from './job-request';

export type Body = Readonly<Record<string, unknown>>;

/** A compute endpoint: `POST <path>` creates a job, `GET <path>/status/<job_id>` reads it. */
export interface Endpoint {
  readonly path: string;
  readonly operation: string;
  /** Credits per completed job. */
  readonly price: number;
  /** Factor on the time of its jobs, 1 for `generate/image`. */
  readonly durationFactor: number;
  parse(body: Body): ParsedRequest;
}

/** How an endpoint behaves. */
export interface EndpointRow extends Pick<Endpoint, 'price' | 'durationFactor'> {
  readonly fields: Readonly<Record<string, check.Field>>;
  /** Whether unknown fields are refused. Default false: they are ignored, as by most of the published schemas. */
  readonly isStrict?: true;
  /** Fields with addresses of inputs, in the order in which the work uses them. */
  readonly inputs: Readonly<Record<string, Input['media']>>;
  /** Called only for a valid body. */
  toWork(body: Body): Work;
}

/** Fields of every endpoint. */
const SHARED: Readonly<Record<string, check.Field>> = {
  callback_url: { check: check.nullable(check.webUrl) },
  server_id: { check: check.nullable(check.text) },
};

export function toEndpoint(operation: string, row: EndpointRow): Endpoint {
  const fields = { ...SHARED, ...row.fields };
  return {
    path: `/${operation}/v1`,
    operation,
    price: row.price,
    durationFactor: row.durationFactor,
    parse: (body) => {
      const unknown = row.isStrict === true ? check.checkNames(fields, body) : [];
      const problems = [...check.checkFields(fields, body), ...unknown];
      if (problems.length > 0) return { ok: false, prompt: readMainText(body), problems };
      return { ok: true, request: toRequest(row, body) };
    },
  };
}

function toRequest({ inputs, toWork }: EndpointRow, body: Body): JobRequest {
  return {
    prompt: readMainText(body),
    seed: readNumber(body, 'seed') ?? -1,
    callbackUrl: readText(body, 'callback_url'),
    inputs: Object.entries(inputs).flatMap(([field, media]) =>
      readAddresses(body, field).map((url) => ({ field, url, media })),
    ),
    work: toWork(body),
  };
}

/** The prompt or text; empty if there is neither. */
export function readMainText(body: Body): string {
  return readText(body, 'prompt') ?? readText(body, 'text') ?? '';
}

function readAddresses(body: Body, name: string): readonly string[] {
  const value = body[name];
  if (Array.isArray(value)) return value.filter((one): one is string => typeof one === 'string');
  return typeof value === 'string' ? [value] : [];
}

/** `null` if absent. */
export function readText(body: Body, name: string): string | null {
  const value = body[name];
  return typeof value === 'string' ? value : null;
}

/** `null` if absent. */
export function readNumber(body: Body, name: string): number | null {
  const value = body[name];
  return typeof value === 'number' ? value : null;
}

/** Authorizes codec requests by their headers, before the body is read. */
import type { IncomingHttpHeaders } from 'node:http';
import { findToken, readBearerToken } from '../bearer';

export interface CodecGuardOptions {
  readonly token: string;
  readonly origin: string;
  /** The namespace whose payloads the keys decrypt. */
  readonly namespace: string;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

/** Refuses other origins. Temporal's command line sends no origin; browsers always do. */
export function refuseOrigin({ origin }: IncomingHttpHeaders, wanted: string): Refusal | null {
  if (origin === undefined || origin === wanted) return null;
  return { status: 403, message: 'origin not allowed; set IMAGEPIPELINE_UI_ORIGIN to the origin of Temporal UI' };
}

export function refuseCaller(headers: IncomingHttpHeaders, options: CodecGuardOptions): Refusal | null {
  if (findToken(readBearerToken(headers.authorization), [options.token]) === null) {
    return { status: 401, message: 'send "Authorization: Bearer" with the token of IMAGEPIPELINE_CODEC_TOKEN' };
  }
  const namespace = headers['x-namespace'];
  if (namespace === undefined || namespace === options.namespace) return null;
  return { status: 403, message: `this codec is for the namespace "${options.namespace}" only` };
}

/** The CORS headers for a browser's preflight request. */
export function corsHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type, x-namespace',
    'access-control-max-age': '600',
  };
}

/** Who is let through to the codec: decided from the headers, before anything of the body is read. */
import type { IncomingHttpHeaders } from 'node:http';
import { findToken, readBearerToken } from '../bearer';

export interface CodecGuardOptions {
  readonly token: string;
  readonly origin: string;
  /** Whose payloads the keys are for. */
  readonly namespace: string;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

/** Temporal's command line sends no origin, a browser always does. */
export function refuseOrigin({ origin }: IncomingHttpHeaders, wanted: string): Refusal | null {
  if (origin === undefined || origin === wanted) return null;
  return { status: 403, message: 'pages of this origin may not use the codec; see IMAGEPIPELINE_UI_ORIGIN' };
}

export function refuseCaller(headers: IncomingHttpHeaders, options: CodecGuardOptions): Refusal | null {
  if (findToken(readBearerToken(headers.authorization), [options.token]) === null) {
    return { status: 401, message: 'send "Authorization: Bearer" with the token of IMAGEPIPELINE_CODEC_TOKEN' };
  }
  const namespace = headers['x-namespace'];
  if (namespace === undefined || namespace === options.namespace) return null;
  return { status: 403, message: `this codec is for the namespace "${options.namespace}" only` };
}

/** What a browser is told, which asks before it sends. */
export function corsHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type, x-namespace',
    'access-control-max-age': '600',
  };
}

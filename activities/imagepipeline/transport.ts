/** HTTP as the API client needs it: one attempt, no redirects, and the knowledge whether anything was sent. */
import { getOwn } from '../../workflows/domain/base/own-value';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, in ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Refuses to connect to addresses of private networks. Default false. */
  readonly isPublicOnly?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one request exactly once.
 *
 * @throws NothingSent if no connection came about, so that nothing can have been accepted
 */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/** No connection came about (refused, unknown host, TLS, connect timeout): provably nothing was sent. */
export class NothingSent extends Error {
  override readonly name: string = 'NothingSent';
}

/** It did not come about since the certificate of the other side is not valid here. */
export class CertificateInvalid extends NothingSent {
  override readonly name = 'CertificateInvalid';
}

/** One header as text; of a repeated header, the first. */
export function readHeader(response: Pick<HttpResponse, 'headers'>, name: string): string | undefined {
  const value = getOwn(response.headers, name);
  return Array.isArray(value) ? value[0] : value;
}

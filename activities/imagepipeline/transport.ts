/** HTTP for the API client: one attempt, no redirects, and whether anything was sent. */
import { getOwn } from '../../workflows/domain/base/own-value';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Timeout of the whole exchange, in ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Whether to refuse addresses of private networks. Default false. */
  readonly isPublicOnly?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Header names are lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one request exactly once.
 *
 * @throws NothingSent if no connection was established, so nothing can have been accepted
 */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/** No connection was established (refused, unknown host, TLS, connect timeout): nothing was sent. */
export class NothingSent extends Error {
  override readonly name: string = 'NothingSent';
}

/** The connection failed because the server's certificate is invalid. */
export class CertificateInvalid extends NothingSent {
  override readonly name = 'CertificateInvalid';
}

/** Returns one header as text; the first value of a repeated header. */
export function readHeader(response: Pick<HttpResponse, 'headers'>, name: string): string | undefined {
  const value = getOwn(response.headers, name);
  return Array.isArray(value) ? value[0] : value;
}

import type { NativeConnectionOptions } from '@temporalio/worker';

/**
 * Turns the SDK's compression of messages off for a connection without TLS, unless it is set. Such a server is on this machine or
 * in this network, where compressing small messages costs both sides more CPU time than it saves.
 */
export function withoutCostlyCompression(options: NativeConnectionOptions): NativeConnectionOptions {
  const { tls, apiKey } = options;
  // An API key turns TLS on, unless it is turned off.
  const isNear = tls === undefined || tls === null ? apiKey === undefined : tls === false;
  return isNear ? { grpcCompression: { codec: 'none' }, ...options } : options;
}

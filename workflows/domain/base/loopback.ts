/** Loopback host names and addresses. */
const LOOPBACK = /^(?:localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether a host name or address is loopback; IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Whether a request's `Host` is loopback. A foreign web page whose name resolves to this machine (DNS rebinding) sends
 * its own host; programs that send none are not browsers.
 */
export function isLoopbackHost(header: string | undefined): boolean {
  return header === undefined || isLoopback(header.replace(/:\d+$/, ''));
}

const LOOPBACK_NAME = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Whether the host of a configured URL is loopback. Stricter than `isLoopback`, because plain http and private results
 * are then allowed: names below `localhost` are excluded, since a resolver may map them elsewhere.
 *
 * @param hostname as in `URL.hostname`
 */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK_NAME.test(hostname);
}

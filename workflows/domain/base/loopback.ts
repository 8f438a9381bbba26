/** Names by which a machine speaks to itself. */
const LOOPBACK = /^(?:localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether a host name or address is this machine's own; IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Whether a request's `Host` is this machine's own. A page of somebody else, whose name was made to lead here (DNS
 * rebinding), sends its own; programs that send none are no browsers.
 */
export function isLoopbackHost(header: string | undefined): boolean {
  return header === undefined || isLoopback(header.replace(/:\d+$/, ''));
}

const LOOPBACK_NAME = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Whether the host of an address in a setting is this machine, by its own names alone. Narrower than `isLoopback`, since
 * plain http and private results are allowed there: names below `localhost` are left to the resolver, which may lead elsewhere.
 *
 * @param hostname as `URL` gives it
 */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK_NAME.test(hostname);
}

/** The proxy variables, in both cases, and their exemptions. Pure. */
import type { Environment } from './environment';
import { isLoopback } from './loopback';

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;
const EXEMPT = ['NO_PROXY', 'no_proxy'] as const;

/** Names of the variables that are set to a proxy. */
export function proxyVariables(env: Environment): readonly string[] {
  return PROXIES.filter((name) => Boolean(env[name]?.trim()));
}

/**
 * Whether a host is reached without a proxy: loopback, or listed in NO_PROXY or no_proxy as a host (with its
 * subdomains) or `*`.
 */
export function isExemptFromProxies(host: string, env: Environment): boolean {
  if (isLoopback(host)) return true;
  const name = host.toLowerCase();
  const listed = EXEMPT.flatMap((variable) => (env[variable] ?? '').toLowerCase().split(/[\s,]+/));
  return listed.some((entry) => {
    const suffix = entry.replace(/^\*?\./, '').replace(/:\d+$/, '');
    return entry === '*' || (suffix !== '' && (name === suffix || name.endsWith(`.${suffix}`)));
  });
}

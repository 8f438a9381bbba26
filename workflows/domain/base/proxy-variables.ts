/** The proxy variables, in both cases, and their exemptions. Pure. */
import type { Environment } from './environment';
import { isLoopback } from './loopback';
import { getOwn } from './own-value';

/** By the protocol of the connection; the first that is set counts. */
const PROXIES = {
  'https:': ['HTTPS_PROXY', 'https_proxy'],
  'http:': ['HTTP_PROXY', 'http_proxy'],
} as const;
const EXEMPT = ['NO_PROXY', 'no_proxy'] as const;

/** The variables that are set, by name. A value may have a password. */
export type ProxyVariables = Readonly<Record<string, string>>;

export function pickProxyVariables(env: Environment): ProxyVariables {
  const names = [...PROXIES['https:'], ...PROXIES['http:'], ...EXEMPT];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = getOwn(env, name)?.trim();
      return value ? [[name, value]] : [];
    }),
  );
}

/** Names of the variables that are set to a proxy. */
export function listProxies(variables: ProxyVariables): readonly string[] {
  return Object.values(PROXIES)
    .flat()
    .filter((name) => getOwn(variables, name) !== undefined);
}

/** Name of the variable with the proxy for a host; `null`: it is reached directly. */
export function selectProxy(protocol: string, host: string, variables: ProxyVariables): string | null {
  if (isExemptFromProxies(host, variables)) return null;
  const names: readonly string[] = getOwn<readonly string[]>(PROXIES, protocol) ?? [];
  return names.find((name) => getOwn(variables, name) !== undefined) ?? null;
}

/**
 * Whether a host is reached without a proxy: loopback, or listed in NO_PROXY or no_proxy as a host (with its
 * subdomains) or `*`.
 */
export function isExemptFromProxies(host: string, env: Environment): boolean {
  if (isLoopback(host)) return true;
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  const listed = EXEMPT.flatMap((variable) => (env[variable] ?? '').toLowerCase().split(/[\s,]+/));
  return listed.some((entry) => {
    const suffix = entry
      .replace(/^\*?\./, '')
      .replace(/^\[(.*)\](:\d+)?$/, '$1')
      .replace(/^([^:]*):\d+$/, '$1');
    return entry === '*' || (suffix !== '' && (name === suffix || name.endsWith(`.${suffix}`)));
  });
}

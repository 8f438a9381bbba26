/** Which connections go through a proxy, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, also in lower case. */
import { getOwn } from '../../workflows/domain/base/own-value';
import { type ProxyVariables, pickProxyVariables, selectProxy } from '../../workflows/domain/base/proxy-variables';

/** A proxy for one connection. */
export interface HttpProxy {
  /** The variable that names it, for messages: its value may have a password. */
  readonly variable: string;
  readonly url: URL;
}

/**
 * Reads the proxy variables. Each problem begins with the name of a variable and never has its value.
 *
 * @param problems receives one sentence per problem
 */
export function readProxies(env: Readonly<Record<string, string | undefined>>, problems: string[]): ProxyVariables {
  const variables = pickProxyVariables(env);
  for (const [name, value] of Object.entries(variables)) {
    if (!name.toLowerCase().startsWith('no_') && parseProxy(value) === null) {
      problems.push(
        `${name} is not the address of a proxy; expected http://host:port or http://user:password@host:port`,
      );
    }
  }
  return variables;
}

/** Returns the proxy for a host; `null`: it is reached directly. */
export function findProxy(protocol: string, host: string, variables: ProxyVariables): HttpProxy | null {
  const name = selectProxy(protocol, host, variables);
  const url = name === null ? null : parseProxy(getOwn(variables, name));
  return name === null || url === null ? null : { variable: name, url };
}

/** A value without a scheme is a host, as for curl. */
function parseProxy(value = ''): URL | null {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
}

/** Variables of proxies, as shells and programs set them. */
import {
  isExemptFromProxies,
  listProxies,
  pickProxyVariables,
  selectProxy,
} from '../../../workflows/domain/base/proxy-variables';

test('both cases are seen, and empty ones are none', () => {
  const env = { https_proxy: 'http://proxy:3128', HTTP_PROXY: ' ', HTTPS_PROXY: 'http://proxy:3128' };
  expect(listProxies(pickProxyVariables(env))).toEqual(['HTTPS_PROXY', 'https_proxy']);
  expect(pickProxyVariables({ PATH: '/bin' })).toEqual({});
});

test.each<[string, Record<string, string>, boolean]>([
  ['127.0.0.1', {}, true],
  ['localhost', {}, true],
  ['::1', {}, true],
  ['temporal.corp', {}, false],
  ['temporal.corp', { NO_PROXY: 'corp' }, true],
  ['temporal.corp', { no_proxy: 'a.example, .corp' }, true],
  ['temporal.corp', { NO_PROXY: '*.corp' }, true],
  ['temporal.corp', { NO_PROXY: 'temporal.corp:7233' }, true],
  ['Temporal.Corp', { no_proxy: 'TEMPORAL.CORP' }, true],
  ['temporal.corp', { NO_PROXY: '*' }, true],
  ['nottemporal.corp', { NO_PROXY: 'temporal.corp' }, false],
  ['temporal.corp', { NO_PROXY: ',' }, false],
])('%s with %j is exempt: %s', (host, env, isExempt) => {
  expect(isExemptFromProxies(host, env)).toBe(isExempt);
});

test.each<[string, string, Record<string, string>, string | null]>([
  ['https:', 'api.corp', { HTTPS_PROXY: 'a', HTTP_PROXY: 'b' }, 'HTTPS_PROXY'],
  ['https:', 'api.corp', { https_proxy: 'a' }, 'https_proxy'],
  ['https:', 'api.corp', { HTTP_PROXY: 'b' }, null],
  ['http:', 's3.corp', { HTTPS_PROXY: 'a', http_proxy: 'b' }, 'http_proxy'],
  ['https:', 'api.corp', { HTTPS_PROXY: 'a', NO_PROXY: 'corp' }, null],
  ['https:', 'localhost', { HTTPS_PROXY: 'a' }, null],
  ['https:', '[2001:db8::1]', { HTTPS_PROXY: 'a' }, 'HTTPS_PROXY'],
  ['https:', '[2001:db8::1]', { HTTPS_PROXY: 'a', NO_PROXY: '2001:db8::1' }, null],
  ['https:', '2001:db8::1', { HTTPS_PROXY: 'a', NO_PROXY: '[2001:db8::1]:443' }, null],
  ['ftp:', 'api.corp', { HTTPS_PROXY: 'a' }, null],
])('%s//%s with %j goes through %s', (protocol, host, variables, expected) => {
  expect(selectProxy(protocol, host, variables)).toBe(expected);
});

/** Variables of proxies, as shells and programs set them. */
import { isExemptFromProxies, proxyVariables } from '../../../workflows/domain/base/proxy-variables';

test('both cases are seen, and empty ones are none', () => {
  const env = { https_proxy: 'http://proxy:3128', HTTP_PROXY: ' ', HTTPS_PROXY: 'http://proxy:3128' };
  expect(proxyVariables(env)).toEqual(['HTTPS_PROXY', 'https_proxy']);
  expect(proxyVariables({})).toEqual([]);
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

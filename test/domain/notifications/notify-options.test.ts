/** Addresses of receivers: which are accepted, and that no problem repeats a secret. */
import { findAddressProblem, toReceiver } from '../../../workflows/domain/notifications/notify-options';

const SECRET = 'hunter2hunter2';

test.each([
  'https://example.com/hooks',
  `https://example.com:8443/?token=${SECRET}`,
  'https://10.0.0.1/hooks',
  'http://127.0.0.1:8080/',
  'http://localhost/hooks',
  'http://[::1]:9000/',
])('%s is accepted', (address) => {
  expect(findAddressProblem(address)).toBeNull();
});

test.each<[unknown, string]>([
  [42, 'must be a text: an https address'],
  [null, 'must be a text: an https address'],
  ['', 'is not an address; must be like https://example.com/hooks'],
  [`example.com/${SECRET}`, 'is not an address; must be like https://example.com/hooks'],
  [`http://example.com/${SECRET}`, 'is plain http to another machine; must be https'],
  [`http://10.0.0.1/${SECRET}`, 'is plain http to another machine; must be https'],
  [`ftp://example.com/${SECRET}`, 'begins with ftp:; must be https'],
  [`https://me:${SECRET}@example.com/`, 'must not contain a user or a password; verify the signature'],
  [`https://example.com/#${SECRET}`, 'must not contain a fragment'],
  [`https://example.com/${'x'.repeat(2_000)}`, 'has 2020 characters; must have at most 2000'],
])('%p is refused', (address, problem) => {
  expect(findAddressProblem(address)).toBe(problem);
});

test('every problem is named at once', () => {
  expect(findAddressProblem(`ws://me:${SECRET}@example.com/#x`)).toBe(
    'begins with ws:; must be https, and must not contain a user or a password; verify the signature, and must not contain a fragment',
  );
});

test('path and query are not shown', () => {
  expect(toReceiver(`https://example.com:8443/${SECRET}?token=${SECRET}`)).toBe('https://example.com:8443');
});

/** Where a result may be fetched from: an answer of the provider must not lead a worker into its own network. */
import { Readable } from 'node:stream';
import { createImagePipelineApi } from '../../../activities';
import { isPrivateAddress } from '../../../activities/imagepipeline/private-addresses';
import type { HttpRequest } from '../../../activities/imagepipeline/transport';
import { parseWorkerSettings } from '../../../worker';
import { answer, listener, provider } from '../../support/provider';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';

const { signal } = new AbortController();
const PUBLIC_API = 'https://api.example.com';

test.each([
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '127.0.0.1',
  '0.0.0.0',
  '169.254.169.254',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  // In IPv6: compatible, translated, NAT64, 6to4.
  '::10.0.0.1',
  '::ffff:0:10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::1',
  '64:ff9b:1:fffe::169.254.169.254',
  '2002:7f00:1::1',
  '2002:a9fe:a9fe::1',
  '2002:c0a8:101::',
  // Teredo, documentation, benchmarks, discard, site-local, not assigned.
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:db8::1',
  '3fff::1',
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '198.19.0.1',
  '2001:2::1',
  '100::1',
  '192.88.99.1',
  'fec0::1',
  '5f00::1',
  '4000::1',
  'fe80::1%eth0',
])('%s is private', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  '1.1.1.1',
  '172.32.0.1',
  '192.169.0.1',
  '11.0.0.1',
  '100.128.0.1',
  '2606:4700:4700::1111',
  '::ffff:1.1.1.1',
  '198.20.0.1',
  '2001:200::1',
  '2001:4860:4860::8888',
  '2a00:1450:4001:800::200e',
  '3ffe::1',
  // The answers of a DNS64 in a network without IPv4.
  '64:ff9b::1.1.1.1',
  '2002:101:101::1',
])('%s is public', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

test.each(['127.0.0.1', 'localhost', '[::1]'])(
  'a result at https://%s is refused before anything connects, by address as by name',
  async (host) => {
    const server = await listener((socket) => socket.destroy());
    const opened = realApi(PUBLIC_API).openResult(`https://${host}:${server.port}/r`, signal);
    await expect(opened).rejects.toThrow(/private network; IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS=on/);
    expect(server.connections()).toBe(0);
  },
);

test('it is requested where the setting allows it', async () => {
  const server = await listener((socket) => socket.destroy());
  const api = realApi(PUBLIC_API, { allowPrivateResults: true });
  await expect(api.openResult(`https://127.0.0.1:${server.port}/r`, signal)).rejects.toThrow('cannot connect');
  expect(server.connections()).toBe(1);
});

test('an API on this machine has its results here, without TLS', async () => {
  const server = await provider(answer(200, 'bytes'));
  expect(await realApi(server.url).openResult(`${server.url}/r`, signal)).toMatchObject({ status: 200 });
});

describe('a redirect', () => {
  async function followed(location: string) {
    const asked: HttpRequest[] = [];
    const api = createImagePipelineApi({
      baseUrl: PUBLIC_API,
      apiKey: 'ip_test',
      transport: async (request) => {
        asked.push(request);
        return { status: 302, headers: { location }, body: Readable.from([]) };
      },
    });
    const error: unknown = await api.openResult('https://cdn.example.com/r', signal).catch((reason: unknown) => reason);
    return { asked, error };
  }

  test('to an address without TLS is refused', async () => {
    const { asked, error } = await followed('http://cdn.example.com/r');
    expect(asked).toHaveLength(1);
    expect(error).toMatchObject({ message: 'its URL is not https' });
  });

  test('is followed with the same refusal of private networks', async () => {
    const { asked } = await followed('https://elsewhere.example.com/r');
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.every(({ isPublicOnly }) => isPublicOnly === true)).toBe(true);
  });
});

test.each([
  [undefined, false],
  ['on', true],
  ['off', false],
])('IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS %s is read as %s', (value, allowed) => {
  const env = { IMAGEPIPELINE_API_KEY: 'ip_test', IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS: value };
  expect(parseWorkerSettings(env, tempFolder()).allowPrivateResults).toBe(allowed);
});

test('anything else is no value of it', () => {
  const env = { IMAGEPIPELINE_API_KEY: 'ip_test', IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS: 'yes' };
  expect(() => parseWorkerSettings(env, tempFolder())).toThrow('it must be on or off');
});

/** API, downloads and S3 through the proxies of a firm: hosts that no resolver knows, a password, replaced certificates. */
import { createUndiciTransport } from '../../../activities';
import { readProxies } from '../../../activities/network/proxies';
import { s3Problem } from '../../../activities/store/s3/s3-problem';
import { S3Store } from '../../../activities/store/s3/s3-store';
import { type Emulator, startEmulator } from '../../../emulator';
import { type Certified, makeAuthority, makeCertificate } from '../../support/certificates';
import { type ConnectProxy, startConnectProxy, startTlsFront } from '../../support/connect-proxy';
import { closedPort } from '../../support/provider';
import { API_KEY, realApi } from '../../support/real-api';
import { describeOnS3, s3Server } from '../store/s3-server';

const HOST = 'api.imagepipeline.test';
const PASSWORD = 'never to be shown: 100%';
const authority = makeAuthority();

let emulator: Emulator;
let front: { readonly port: number; close(): Promise<void> };
/** The same host with a certificate that the proxy has made. */
let inspected: { readonly port: number; close(): Promise<void> };
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ apiKeys: [API_KEY], jobTime: { medianMs: 1, sigma: 0 } });
  const certified = (by: Parameters<typeof makeCertificate>[0]['authority']): Certified =>
    makeCertificate({ authority: by, names: [HOST] });
  front = await startTlsFront(certified(authority), emulator.url, `https://${HOST}`);
  inspected = await startTlsFront(certified(makeAuthority('the proxy')), emulator.url, `https://${HOST}`);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});
afterAll(() => Promise.all([front.close(), inspected.close(), emulator.close()]));

async function proxyTo(port: number, password?: string): Promise<ConnectProxy> {
  const proxy = await startConnectProxy({
    ports: { [`${HOST}:443`]: port },
    ...(password === undefined ? {} : { password }),
  });
  open.push(proxy);
  return proxy;
}

function apiThrough(env: Readonly<Record<string, string>>) {
  const problems: string[] = [];
  const proxies = readProxies(env, problems);
  expect(problems).toEqual([]);
  const transport = createUndiciTransport({ ca: authority.cert, proxies });
  open.push(transport);
  return realApi(`https://${HOST}`, { transport: transport.send });
}

const submit = (env: Readonly<Record<string, string>>) =>
  apiThrough(env).submit('generate/image', { prompt: 'a lighthouse', width: 64, height: 64 });

test.each([undefined, PASSWORD])(
  'a job is submitted and read through a proxy with the password %s',
  async (password) => {
    const proxy = await proxyTo(front.port, password);
    const api = apiThrough({ HTTPS_PROXY: proxy.url });
    const submitted = await api.submit('generate/image', { prompt: 'a lighthouse', width: 64, height: 64 });
    expect(submitted).toMatchObject({ kind: 'accepted' });
    if (submitted.kind !== 'accepted') return;
    const signal = AbortSignal.timeout(10_000);
    expect(await api.readStatus('generate/image', submitted.jobId, signal)).toBeDefined();
    expect(proxy.asked.length).toBeGreaterThanOrEqual(2);
    expect(new Set(proxy.asked)).toEqual(new Set([`${HOST}:443 200`]));
  },
);

test('a proxy that wants a password is named with its variable and the remedy, and nothing counts as sent', async () => {
  const proxy = await proxyTo(front.port, PASSWORD);
  const { host } = new URL(proxy.openUrl);
  expect(await submit({ https_proxy: proxy.openUrl })).toMatchObject({
    kind: 'refused',
    code: 'PROVIDER_UNREACHABLE',
    message: expect.stringContaining(
      `the proxy ${host} of https_proxy wants a user and a password (HTTP 407); set https_proxy=`,
    ),
  });
  const verdict = await submit({ HTTPS_PROXY: proxy.url.replace('clerk:', 'clerk:not-') });
  expect(verdict).toMatchObject({ message: expect.stringContaining('rejects the user or the password (HTTP 407)') });
  expect(JSON.stringify(verdict)).not.toContain('never');
});

test('a proxy that refuses the host, and one that is away, are told apart', async () => {
  const proxy = await startConnectProxy({ ports: {} });
  open.push(proxy);
  expect(await submit({ HTTPS_PROXY: proxy.url })).toMatchObject({ message: expect.stringContaining('with HTTP 403') });
  const away = await submit({ HTTPS_PROXY: `127.0.0.1:${await closedPort()}` });
  expect(away).toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/cannot connect through the proxy .*ECONNREFUSED/),
  });
});

test('a proxy that replaces certificates is suspected by name', async () => {
  const proxy = await proxyTo(inspected.port);
  expect(await submit({ HTTPS_PROXY: proxy.url })).toMatchObject({
    kind: 'refused',
    code: 'CERTIFICATE_INVALID',
    message: expect.stringContaining('the proxy of HTTPS_PROXY may have replaced the certificate to inspect TLS'),
  });
});

test('a host in NO_PROXY is reached directly', async () => {
  const proxy = await proxyTo(front.port);
  await submit({ HTTPS_PROXY: proxy.url, NO_PROXY: 'imagepipeline.test' });
  expect(proxy.asked).toEqual([]);
});

test('a variable that is no address is a problem that does not repeat it', () => {
  const problems: string[] = [];
  readProxies({ HTTPS_PROXY: 'socks5://clerk:secret@proxy', HTTP_PROXY: 'http://proxy:3128' }, problems);
  expect(problems).toEqual([expect.stringMatching(/^HTTPS_PROXY is not the address of a proxy; expected http:/)]);
  expect(problems.join()).not.toContain('secret');
});

test('a certificate that S3 is not believed names the remedy', () => {
  const error = Object.assign(new Error('unable to verify'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  expect(s3Problem(error).remedy).toContain('set NODE_EXTRA_CA_CERTS');
});

const server = s3Server();
describeOnS3('a store on S3', () => {
  const S3_HOST = 's3.firm.test';

  function storeThrough(env: Readonly<Record<string, string>>, endpoint: string): S3Store {
    const store = new S3Store(
      { bucket: server().bucket, prefix: 'proxied' },
      { ...server().access, endpoint, pathStyle: true, proxies: readProxies(env, []) },
    );
    open.push(store);
    return store;
  }

  test('is written and read through a proxy with a password', async () => {
    const port = Number(new URL(server().front.url).port);
    const proxy = await startConnectProxy({ ports: { [`${S3_HOST}:80`]: port }, password: PASSWORD });
    open.push(proxy);
    const store = storeThrough({ HTTP_PROXY: proxy.url }, `http://${S3_HOST}`);
    await store.check();
    expect(await store.identity()).toBe(await store.identity());
    expect(new Set(proxy.asked)).toEqual(new Set([`${S3_HOST}:80 200`]));
  });

  test('behind a proxy that wants a password says so', async () => {
    const proxy = await startConnectProxy({ ports: { [`${S3_HOST}:443`]: inspected.port }, password: PASSWORD });
    open.push(proxy);
    const endpoint = `https://${S3_HOST}`;
    await expect(storeThrough({ HTTPS_PROXY: proxy.openUrl }, endpoint).check()).rejects.toThrow(
      'wants a user and a password (HTTP 407); set HTTPS_PROXY=',
    );
  });
});

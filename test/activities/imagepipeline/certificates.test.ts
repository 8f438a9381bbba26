/** Certificates that are not valid: nothing is sent, and no time heals it. */
import { describeCertificateFault } from '../../../activities/imagepipeline/certificate-fault';
import { createUndiciTransport } from '../../../activities/imagepipeline/undici-transport';
import { isSubmitTimeCode } from '../../../workflows/domain/leases/operation-feedback';
import { type Certified, makeAuthority, makeCertificate } from '../../support/certificates';
import { tlsListener } from '../../support/provider';
import { realApi } from '../../support/real-api';

const REQUEST = { prompt: 'a lighthouse', width: 32, height: 32 };
const FAMILIES = ['CERT_REJECTED', 'CRL_HAS_EXPIRED', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'INVALID_CA'];
const OTHERS = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ERR_SSL_WRONG_VERSION_NUMBER', 'UND_ERR_CONNECT_TIMEOUT'];

const authority = makeAuthority();
const localhost = { authority, names: ['localhost'] };

test.each<[string, () => Certified, string | undefined, RegExp]>([
  [
    'of an unknown authority',
    () => makeCertificate(localhost),
    undefined,
    /not trust \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/,
  ],
  ['signed by itself', () => makeAuthority(), undefined, /is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/],
  [
    'for another name',
    () => makeCertificate({ authority, names: ['other.example'] }),
    authority.cert,
    /for another name \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
  ],
  [
    'that has expired',
    () => makeCertificate({ ...localhost, until: new Date(Date.now() - 1_000) }),
    authority.cert,
    /has expired, .*clock.* \(CERT_HAS_EXPIRED\)/,
  ],
])('a certificate %s is a fault of its own, and nothing is sent', async (_what, make, ca, message) => {
  const server = await tlsListener(make());
  const transport = createUndiciTransport(ca === undefined ? {} : { ca });
  const api = realApi(`https://localhost:${server.port}`, { transport: transport.send });
  const verdict = await api.submit('generate/image', REQUEST);
  expect(verdict).toMatchObject({
    kind: 'refused',
    code: 'CERTIFICATE_INVALID',
    message: expect.stringMatching(message),
  });
  expect(JSON.stringify(verdict)).not.toMatch(/localhost|example/);
  expect(server.received()).toBe('');
  await transport.close();
});

test('with its authority the same server is spoken to', async () => {
  const server = await tlsListener(makeCertificate(localhost), '{"job_id":"job_1"}');
  const transport = createUndiciTransport({ ca: authority.cert });
  const api = realApi(`https://localhost:${server.port}`, { transport: transport.send });
  expect(await api.submit('generate/image', REQUEST)).toMatchObject({ kind: 'accepted', jobId: 'job_1' });
  await transport.close();
});

test('while a job is read it is trouble that says what is wrong', async () => {
  const server = await tlsListener(makeCertificate(localhost));
  const api = realApi(`https://localhost:${server.port}`);
  const verdict = await api.readStatus('generate/image', 'job_1', new AbortController().signal);
  expect(verdict).toMatchObject({ kind: 'trouble', problem: expect.stringContaining('certificate') });
});

test('an accepted submission shows that the certificate is right again', () => {
  expect(isSubmitTimeCode('CERTIFICATE_INVALID')).toBe(true);
});

test.each(FAMILIES)('%s is one of them', (code) => {
  expect(describeCertificateFault(Object.assign(new Error('x'), { code }))).toContain(`(${code})`);
});

test.each(OTHERS)('%s is none', (code) => {
  expect(describeCertificateFault(Object.assign(new Error('x'), { code }))).toBeNull();
});

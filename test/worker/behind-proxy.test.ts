/** A worker in the network of a firm: a proxy with a password that inspects TLS is the only way to the API, results and S3. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ImagePipelineClient } from '../../client';
import { startEmulator } from '../../emulator';
import { KEY_ID, SECRET_KEY, s3Server, testOnS3 } from '../activities/store/s3-server';
import { startCli } from '../cli/cli-process';
import { makeAuthority, makeCertificate } from '../support/certificates';
import { startConnectProxy, startTlsFront } from '../support/connect-proxy';
import { hashOf } from '../support/hash-of';
import { SMALL } from '../support/images';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal } from '../support/temporal';

const [API_HOST, S3_HOST] = ['api.imagepipeline.test', 's3.firm.test'];
const server = s3Server();

testOnS3('a worker submits, reads, downloads and stores through it', async () => {
  const folder = tempFolder();
  const authority = makeAuthority('the proxy');
  const authorityFile = path.join(folder, 'authority.pem');
  writeFileSync(authorityFile, authority.cert);
  const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  const fronts = await Promise.all(
    [
      [API_HOST, emulator.url],
      [S3_HOST, server().front.url],
    ].map(([host = '', url = '']) =>
      startTlsFront(makeCertificate({ authority, names: [host] }), url, `https://${host}`),
    ),
  );
  const [api, s3] = fronts.map(({ port }) => port);
  const ports = { [`${API_HOST}:443`]: api ?? 0, [`${S3_HOST}:443`]: s3 ?? 0 };
  const proxy = await startConnectProxy({ ports, password: 'p@ss:word' });
  const temporal = await startTestTemporal();
  const worker = startCli(['worker'], folder, {
    ...temporal.env,
    ...{ HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: authorityFile },
    ...{ IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: `https://${API_HOST}` },
    ...{ IMAGEPIPELINE_STORE: `s3://${server().bucket}/firm`, IMAGEPIPELINE_S3_ENDPOINT: `https://${S3_HOST}` },
    ...{ AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: SECRET_KEY, AWS_EC2_METADATA_DISABLED: 'true' },
  });
  try {
    await worker.seen(/^ready/m);
    const client = await ImagePipelineClient.connect({ env: temporal.env });
    const image = await client.startImage({ id: 'proxied', request: { prompt: 'a lighthouse', ...SMALL } });
    const { result } = await image.result();
    await client.close();
    const [key = ''] = await server().keys('firm/items/');
    expect(result.file).toBe(`s3://${server().bucket}/${key}`);
    expect(hashOf(await server().read(key))).toBe(result.sha256);
    expect(new Set(proxy.asked)).toEqual(new Set([`${API_HOST}:443 200`, `${S3_HOST}:443 200`]));
    expect(emulator.ledger().accepted).toBe(1);
    expect(worker.text()).not.toContain('p@ss');
    expect(worker.text()).not.toContain('p%40ss');
  } finally {
    worker.child.kill('SIGKILL');
    await worker.finished;
    await Promise.all([proxy.close(), emulator.close(), temporal.stop(), ...fronts.map((front) => front.close())]);
  }
});

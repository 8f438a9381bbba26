/** What people read when S3 cannot be used: which object, why, what to do; never a credential. */
import { StoreUnavailable } from '../../../activities/store/result-store';
import { formatProblem, s3Problem } from '../../../activities/store/s3/s3-problem';
import { S3Store } from '../../../activities/store/s3/s3-store';
import { closedPort, listener } from '../../support/provider';
import { tempFolder } from '../../support/temp-folder';
import { s3Error } from './s3-front';
import { describeOnS3, KEY_ID, SECRET_KEY, s3Server, testOnS3 } from './s3-server';

const server = s3Server();
const stores: S3Store[] = [];
const environment = { ...process.env };

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

function storeAt(endpoint: string, bucket = server().bucket): S3Store {
  const store = new S3Store({ bucket, prefix: 'p' }, { endpoint, pathStyle: true, temporary: tempFolder() });
  stores.push(store);
  return store;
}

async function catchError(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreUnavailable);
  return error as Error;
}

const formatError = (error: Error) => [error.message, error.stack, String(error.cause), JSON.stringify(error)].join();

function expectNoSecret(error: Error): void {
  for (const secret of [KEY_ID, SECRET_KEY, 'X-Amz-Signature=', 'AWS4-HMAC']) {
    expect(formatError(error)).not.toContain(secret);
  }
  expect(error.cause).toBeUndefined();
}

testOnS3('an endpoint where nobody listens is reported with the object and the variable to look at', async () => {
  const error = await catchError(storeAt(`http://127.0.0.1:${await closedPort()}`).batches.readManifest('b1'));
  expect(error.message).toContain(`cannot read s3://${server().bucket}/p/batches/b1/manifest.json: `);
  expectNoSecret(error);
});

// As the SDK gives them; in jest its sockets' errors are of another realm, and it wraps them.
testOnS3.each([
  ['ECONNREFUSED', 'nothing listens at the endpoint; check IMAGEPIPELINE_S3_ENDPOINT'],
  [
    'ENOTFOUND',
    'the host name cannot be resolved; check IMAGEPIPELINE_S3_ENDPOINT, IMAGEPIPELINE_S3_PATH_STYLE and AWS_REGION',
  ],
  ['ECONNRESET', 'the connection was cut; check IMAGEPIPELINE_S3_ENDPOINT and the network'],
])('%s becomes a sentence', (code, sentence) => {
  const problem = s3Problem(Object.assign(new Error(`x ${code}`), { code, name: 'TimeoutError' }));
  expect(formatProblem(problem)).toBe(sentence);
});

testOnS3('a connection that is cut each time ends as StoreUnavailable after three tries', async () => {
  const { port, connections } = await listener((socket) => socket.destroy());
  const error = await catchError(storeAt(`http://127.0.0.1:${port}`).batches.readManifest('b1'));
  expect(error.message).toContain(`s3://${server().bucket}/p/batches/b1/manifest.json`);
  expect(connections()).toBe(3);
});

testOnS3('a bucket that is not there', async () => {
  const error = await catchError(storeAt(server().front.url, 'nobodys-bucket').batches.readManifest('b1'));
  expect(error.message).toMatch(/^cannot read s3:\/\/nobodys-bucket\/p\/batches.*bucket does not exist; create it/);
});

testOnS3.each([
  [
    'InvalidAccessKeyId',
    403,
    `The key ${KEY_ID} does not exist`,
    /does not know the access key; check the credentials/,
  ],
  ['SignatureDoesNotMatch', 403, `${SECRET_KEY} Signature=abc`, /secret key is wrong/],
  [
    'AccessDenied',
    403,
    'User arn:x is not authorized to perform: s3:PutObject',
    /AccessDenied, HTTP 403: User arn:x.*permissions of the credentials/,
  ],
  ['ExpiredToken', 400, 'The provided token has expired.', /credentials have expired/],
  [
    'SomethingNew',
    400,
    `see https://x/y?X-Amz-Signature=abc&amp;k=${KEY_ID}`,
    /SomethingNew, HTTP 400: see https:\/\/x\/y\?\[redacted\]$/,
  ],
  [
    'Odd',
    400,
    `Credential=${KEY_ID}/x, the id ${KEY_ID}`,
    /Odd, HTTP 400: Credential=\[redacted\], the id \[redacted\]$/,
  ],
])('%s is explained without a credential', async (code, status, message, expected) => {
  server().front.meddle = () => ({ status, body: s3Error(code, message) });
  const error = await catchError(
    storeAt(server().front.url).batches.writePart({ batchId: 'b1', part: 0, rowsHash: 'a0' }, []),
  );
  expect(error.message).toMatch(expected);
  expect(error.message).toContain(`s3://${server().bucket}/p/batches/b1/parts/000000-a0.jsonl`);
  expectNoSecret(error);
});

testOnS3('what is no JSON is reported without a word of it', async () => {
  server().front.meddle = () => ({ status: 200, body: 'a secret unicorn' });
  const error = await catchError(storeAt(server().front.url).batches.readManifest('b1'));
  expect(error.message).toMatch(/its content is not what was written/);
  expect(formatError(error)).not.toContain('unicorn');
});

describeOnS3('without settings of the SDK', () => {
  afterEach(() => Object.assign(process.env, environment));

  test('no credentials: says how to give them', async () => {
    environment['AWS_ACCESS_KEY_ID'] = process.env['AWS_ACCESS_KEY_ID'];
    environment['AWS_SECRET_ACCESS_KEY'] = process.env['AWS_SECRET_ACCESS_KEY'];
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name];
    Object.assign(process.env, { AWS_SHARED_CREDENTIALS_FILE: '/nowhere', AWS_CONFIG_FILE: '/nowhere' });
    const error = await catchError(storeAt(server().front.url).batches.readManifest('b1'));
    expect(error.message).toMatch(/finds no usable credentials; set AWS_ACCESS_KEY_ID/);
  });
});

testOnS3('a store that was closed says so', async () => {
  const store = storeAt(server().front.url);
  await store.close();
  expect((await catchError(store.batches.readManifest('b1'))).message).toMatch(/the store was closed/);
});

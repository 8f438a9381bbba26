/** Servers that are not AWS, and AWS on a bad day: each has a way out, and the words that lead to it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import timers from 'node:timers/promises';
import { openStore, parseStoreSettings } from '../../../activities/store';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { S3Store } from '../../../activities/store/s3/s3-store';
import { tempFolder } from '../../support/temp-folder';
import { type StubRequest, type StubS3, startStubS3 } from './stub-s3';

const BUCKET = 'some-bucket';
const PLACE = { folder: 'images', key: 'a' };
const environment = { ...process.env };

let stub: StubS3;
const stores: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIAOFTHETEST0000000',
    AWS_SECRET_ACCESS_KEY: 'never-to-be-shown',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
  stub = await startStubS3();
});

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
});

/** By variables, as a worker reads them. */
function storeBy(variables: Readonly<Record<string, string>> = {}): S3Store {
  const problems: string[] = [];
  const env = {
    ...process.env,
    IMAGEPIPELINE_STORE: `s3://${BUCKET}/p`,
    IMAGEPIPELINE_S3_ENDPOINT: stub.url,
    ...variables,
  };
  const { results, close } = openStore(parseStoreSettings(env, '/w', problems));
  expect(problems).toEqual([]);
  stores.push({ close });
  return results as S3Store;
}

async function keep(store: S3Store, bytes: string): Promise<string> {
  const staged = await store.stage(PLACE, 'job-1');
  writeFileSync(staged, bytes);
  return store.keep({ path: staged, ...PLACE, extension: 'png' });
}

async function catchFailure(work: Promise<unknown>): Promise<StoreUnavailable> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof StoreUnavailable) return error;
  throw error instanceof Error ? error : new Error('it succeeded');
}

describe('a server that does not know the checksums of S3', () => {
  const CHECKSUM = /^x-amz-(checksum|sdk-checksum|trailer)/;
  const checksumsIn = ({ headers }: StubRequest) => Object.keys(headers).filter((name) => CHECKSUM.test(name));

  const REFUSALS = [
    {
      status: 501,
      code: 'NotImplemented',
      message: 'A header you provided implies functionality that is not implemented',
    },
    { status: 400, code: 'InvalidArgument', message: 'x-amz-sdk-checksum-algorithm is not supported' },
    { status: 400, code: 'InvalidRequest', message: 'Invalid checksum algorithm' },
  ];

  test.each(REFUSALS)('is told of by the setting that helps ($status $code)', async (refusal) => {
    stub.refuse = (request) => (checksumsIn(request).length > 0 ? refusal : null);
    const error = await catchFailure(storeBy().check());
    expect(error.message).toContain('IMAGEPIPELINE_S3_CHECKSUMS=off');
    expect(error.remedy).toContain('IMAGEPIPELINE_S3_CHECKSUMS=off');
  });

  test.each([
    [{ IMAGEPIPELINE_S3_CHECKSUMS: 'off' }],
    [{ AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required', AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required' }],
  ])('is used without any: %j', async (variables) => {
    Object.assign(process.env, variables);
    stub.refuse = (request) => (checksumsIn(request).length > 0 ? (REFUSALS[0] ?? null) : null);
    const store = storeBy(variables as Record<string, string>);
    await store.check();
    expect(await store.identity()).toMatch(/./);
    expect(await keep(store, 'first')).toBe(`s3://${BUCKET}/p/images/a.png`);
    expect(await keep(store, 'first')).toBe(`s3://${BUCKET}/p/images/a.png`);
    expect(await keep(store, 'second')).toBe(`s3://${BUCKET}/p/images/a~2.png`);
    expect((await store.read({ ...PLACE, extension: 'png', version: 2 })).toString()).toBe('second');
    await store.batches.writeOutcomes('b', 0, 0, []);
    expect(await (await store.batches.openOutcomes('b'))(0)).toEqual({ lines: [], jobs: [] });
    expect(stub.requests.flatMap(checksumsIn)).toEqual([]);
  });

  test('is sent them by default', async () => {
    await keep(storeBy(), 'bytes');
    expect(stub.requests.flatMap(checksumsIn)).toContain('x-amz-checksum-sha256');
  });

  test('a setting that is neither on nor off is a problem', () => {
    const problems: string[] = [];
    const env = { IMAGEPIPELINE_STORE: 's3://some-bucket', IMAGEPIPELINE_S3_CHECKSUMS: 'no' };
    parseStoreSettings(env, '/w', problems);
    expect(problems).toEqual(['IMAGEPIPELINE_S3_CHECKSUMS is "no"; expected on or off']);
  });

  test('one that knows no conditional writes either is distinguished', async () => {
    const refusal = { status: 501, code: 'NotImplemented' };
    stub.refuse = ({ headers }) => (headers['if-none-match'] === undefined ? null : refusal);
    const error = await catchFailure(storeBy({ IMAGEPIPELINE_S3_CHECKSUMS: 'off' }).check());
    expect(error.remedy).toMatch(/conditional writes \(If-None-Match\)/);
  });
});

describe('a region', () => {
  const readRegion = ({ headers }: StubRequest) =>
    /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1];

  test('is not asked for where the endpoint is one of its own', async () => {
    await storeBy().check();
    expect(new Set(stub.requests.map(readRegion))).toEqual(new Set(['us-east-1']));
  });

  test('that is set is the one, and is looked up once, which costs more than a request', async () => {
    process.env['AWS_REGION'] = 'eu-central-1';
    const store = storeBy();
    await store.check();
    process.env['AWS_REGION'] = 'eu-west-1';
    await store.check();
    expect(new Set(stub.requests.map(readRegion))).toEqual(new Set(['eu-central-1']));
  });

  test('is requested at AWS', async () => {
    const store = new S3Store({ bucket: BUCKET, prefix: '' }, {});
    stores.push(store);
    const error = await catchFailure(store.check());
    expect(error.message).toMatch(/no region is set; set AWS_REGION$/);
    expect(error.remedy).toBe('set AWS_REGION');
  });
});

describe('credentials that have expired', () => {
  const keyIn = ({ headers }: StubRequest) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1];

  test.each(['ExpiredToken', 'ExpiredTokenException', 'InvalidToken'])('(%s) are named as such', async (code) => {
    stub.refuse = () => ({ status: 400, code });
    const error = await catchFailure(storeBy().batches.readManifest('b'));
    expect(error.message).toMatch(/(credentials have expired|session token is invalid); get new ones/);
    expect(error.message).not.toContain('never-to-be-shown');
  });

  test('are read anew from the profile for the next try', async () => {
    const file = path.join(tempFolder(), 'credentials');
    const write = (key: string) =>
      writeFileSync(file, `[default]\naws_access_key_id = ${key}\naws_secret_access_key = x\n`);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name];
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = file;
    write('AKIAOLD');
    stub.refuse = (request) => (keyIn(request) === 'AKIAOLD' ? { status: 400, code: 'ExpiredToken' } : null);
    const store = storeBy();
    expect((await catchFailure(store.batches.readManifest('b'))).message).toContain('expired');
    write('AKIANEW');
    // A new profile is noticed by the next attempt, also of many at once.
    const manifests = await Promise.all(
      Array.from({ length: 5 }, () => store.batches.readManifest('b').catch(() => 'refused')),
    );
    expect(manifests).toContain(null);
    expect(await store.batches.readManifest('b')).toBeNull();
    expect(await keep(store, 'bytes')).toBe(`s3://${BUCKET}/p/images/a.png`);
  });
});

describe('503 SlowDown', () => {
  const BUSY = { status: 503, code: 'SlowDown', message: 'Please reduce your request rate' };

  function busyFor(requests: number): void {
    let left = requests;
    stub.refuse = () => (left-- > 0 ? BUSY : null);
  }

  /** Waits are taken down, and hardly waited for. */
  async function withoutWaiting(work: (waits: number[]) => Promise<void>): Promise<void> {
    const { setTimeout: sleep } = timers;
    const waits: number[] = [];
    const sleeping = jest.spyOn(timers, 'setTimeout').mockImplementation((ms = 0, value, how) => {
      waits.push(ms);
      return sleep(1, value, how);
    });
    await work(waits).finally(() => sleeping.mockRestore());
  }

  test.each<[string, (store: S3Store) => Promise<unknown>]>([
    ['the start of a batch', (store) => store.batches.writeOutcomes('b', 0, 0, [])],
    ['the identity of the store', (store) => store.identity()],
    ['the manifest that is read', (store) => store.batches.readManifest('b')],
    ['the list of outcomes', async (store) => (await store.batches.openOutcomes('b'))(0)],
    ['a result that is kept', (store) => keep(store, 'bytes')],
    ['the probe', (store) => store.check()],
  ])('is waited out: %s', async (_name, work) => {
    await withoutWaiting(async (waits) => {
      busyFor(7);
      await work(storeBy());
      expect(waits.length).toBeGreaterThanOrEqual(2);
    });
  });

  test('that does not end is told after half a minute', async () => {
    await withoutWaiting(async (waits) => {
      busyFor(Number.POSITIVE_INFINITY);
      const error = await catchFailure(storeBy().batches.readManifest('b'));
      expect(error.message).toMatch(/SlowDown, HTTP 503/);
      const waitedMs = waits.reduce((sum, ms) => sum + ms, 0);
      expect(waitedMs).toBeGreaterThan(15_000);
      expect(waitedMs).toBeLessThan(40_000);
    });
  });
});

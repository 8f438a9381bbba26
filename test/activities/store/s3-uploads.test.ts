/** Images on S3: checked on their way, described, in parts if they are large, and never half there. */

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { PART_BYTES } from '../../../activities/store/s3/s3-objects';
import { hashOf } from '../../support/hash-of';
import { s3Server, testOnS3 } from './s3-server';
import { s3Store, type TestedStore } from './tested-stores';

const server = s3Server();
const A = { folder: 'images', key: 'a' };

let tested: TestedStore;

beforeEach(() => {
  tested = s3Store(server());
  server().front.asked.length = 0;
});

afterEach(() => tested.close());

async function keep(bytes: Buffer, extension = 'png'): Promise<string> {
  const path = await tested.store.stage(A, 'job-1');
  writeFileSync(path, bytes);
  return tested.store.keep({ path, ...A, extension });
}

const toKey = (address: string) => address.replace(`s3://${server().bucket}/`, '');

testOnS3.each([
  ['one request', 1_000, 0],
  ['one request, just below a part', PART_BYTES - 1, 0],
  ['one part exactly', PART_BYTES, 0],
  ['parts', 2 * PART_BYTES + 1, 3],
])('a picture that takes %s arrives as it is, with its checksum', async (_name, size, parts) => {
  const bytes = randomBytes(size);
  const key = toKey(await keep(bytes, 'webp'));
  expect(hashOf(await server().read(key))).toBe(hashOf(bytes));
  expect(await server().head(key)).toEqual({ type: 'image/webp', metadata: { sha256: hashOf(bytes) } });
  const puts = server().front.asked.filter(({ method }) => method === 'PUT');
  // The SDK sends a part again if the server is slow to answer.
  expect(new Set(puts.flatMap(({ url }) => /partNumber=\d+/.exec(url) ?? [])).size).toBe(parts);
  expect(puts.filter(({ headers }) => headers['x-amz-checksum-sha256'] === undefined)).toEqual([]);
});

testOnS3.each([
  ['one request', 1_000],
  ['parts', 2 * PART_BYTES],
])('a picture of %s that is changed on its way is refused there, and nothing appears', async (_name, size) => {
  server().front.spoil = (body) => (body.length > 500 ? Buffer.concat([body.subarray(1), Buffer.from('x')]) : body);
  const keeping = keep(randomBytes(size));
  await expect(keeping).rejects.toThrow(StoreUnavailable);
  await expect(keeping).rejects.toThrow(/images\/a\.png: (BadDigest|XAmzContentSHA256Mismatch), HTTP 400/);
  expect(await tested.names()).toEqual([]);
});

testOnS3(
  'an upload that fails in the middle is given up there, so that no parts stay and nothing appears',
  async () => {
    server().front.meddle = ({ url }) => (url.includes('partNumber=2') ? { status: 500, body: '' } : null);
    await expect(keep(randomBytes(2 * PART_BYTES + 1))).rejects.toThrow(StoreUnavailable);
    expect(await tested.names()).toEqual([]);
    const given = server().front.asked.filter(({ method, url }) => method === 'DELETE' && url.includes('uploadId='));
    expect(given).toHaveLength(1);
    expect(tested.staged()).toHaveLength(1);
  },
);

testOnS3('a server that is busy for a moment is asked again', async () => {
  let busy = 2;
  server().front.meddle = ({ method }) => (method === 'PUT' && busy-- > 0 ? { status: 503, body: '' } : null);
  await keep(Buffer.from('bytes'));
  expect(await tested.names()).toEqual(['images/a.png']);
});

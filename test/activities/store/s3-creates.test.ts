/** Objects that are created and replace none, also where the server answers as S3 does in a race. */

import { checkStoreFiles } from '../../../activities/store/filed-store';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { S3Objects } from '../../../activities/store/s3/s3-objects';
import { s3Error } from './s3-front';
import { s3Server, testOnS3 } from './s3-server';

const server = s3Server();

let objects: S3Objects;

beforeEach(() => {
  const { bucket, access } = server();
  objects = new S3Objects({ bucket, prefix: `creates-${Math.random()}` }, access);
});

afterEach(() => objects.close());

const isCreate = ({ method, headers }: { method: string; headers: object }) =>
  method === 'PUT' && 'if-none-match' in headers;

testOnS3('of concurrent creators of an object exactly one succeeds, and all get its text', async () => {
  const texts = Array.from({ length: 30 }, (_, number) => `text of ${number}`);
  const told = await Promise.all(texts.map((text) => objects.create('x/a.json', text)));
  expect(new Set(told).size).toBe(1);
  expect(String(await objects.read('x/a.json'))).toBe(told[0]);
});

testOnS3('who creates what is there leaves it as it is', async () => {
  await objects.create('a.json', 'first');
  expect(await objects.create('a.json', 'second')).toBe('first');
  expect(String(await objects.read('a.json'))).toBe('first');
});

testOnS3('an answer that was lost: the repetition is refused, and finds the text of the first', async () => {
  let lost = false;
  server().front.meddle = (asked) => {
    if (!isCreate(asked) || lost) return null;
    lost = true;
    return 'lose the answer';
  };
  expect(await objects.create('a.json', 'mine')).toBe('mine');
  expect(server().front.asked.filter(isCreate).length).toBeGreaterThan(1);
});

testOnS3('two at once, both refused by S3: asked again', async () => {
  let refused = 0;
  server().front.meddle = (asked) => {
    if (!isCreate(asked) || refused++ > 0) return null;
    return { status: 409, body: s3Error('ConditionalRequestConflict', 'A conflicting operation is under way.') };
  };
  expect(await objects.create('a.json', 'mine')).toBe('mine');
  expect(refused).toBe(2);
});

testOnS3('a server that does not know conditional writes fails the probe with its reason', async () => {
  server().front.meddle = (asked) =>
    isCreate(asked)
      ? { status: 501, body: s3Error('NotImplemented', 'A header you provided is not implemented.') }
      : null;
  await expect(checkStoreFiles(objects)).rejects.toThrow(StoreUnavailable);
  await expect(checkStoreFiles(objects)).rejects.toThrow(/cannot create .*NotImplemented, HTTP 501/);
});

testOnS3('a server that ignores the condition fails the probe', async () => {
  server().front.meddle = (asked) => (isCreate(asked) ? { status: 200, body: '' } : null);
  await expect(checkStoreFiles(objects)).rejects.toThrow(/ignores "If-None-Match: \*"/);
});

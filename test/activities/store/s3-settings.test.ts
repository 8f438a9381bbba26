/** Which store the variables mean, and what is said of those that mean none. */
import path from 'node:path';
import { FilesystemStore, openStore } from '../../../activities';
import { S3Store } from '../../../activities/store/s3/s3-store';
import { openStore as openForClient } from '../../../client/open-store';
import { parseWorkerSettings, SettingsError } from '../../../worker';

const KEY = { IMAGEPIPELINE_API_KEY: 'ip_live_x' };

test.each([
  [{}, { store: path.resolve('/w', '.imagepipeline/store') }],
  [{ IMAGEPIPELINE_STORE: ' here ' }, { store: path.resolve('/w/here') }],
  [{ IMAGEPIPELINE_STORE: 's3://some-bucket' }, { store: 's3://some-bucket', s3: {} }],
  [{ IMAGEPIPELINE_STORE: 'S3://some-bucket/a/b/' }, { store: 's3://some-bucket/a/b', s3: {} }],
  [
    {
      IMAGEPIPELINE_STORE: 's3://some-bucket/a',
      IMAGEPIPELINE_S3_ENDPOINT: 'http://minio:9000/',
      IMAGEPIPELINE_S3_PATH_STYLE: 'false',
    },
    { store: 's3://some-bucket/a', s3: { endpoint: 'http://minio:9000', pathStyle: false } },
  ],
])('%j is %j', (env, expected) => {
  expect(parseWorkerSettings({ ...KEY, ...env }, '/w')).toMatchObject(expected);
});

test('worker and client report every problem at once, by variable, and repeat nothing that may be a credential', () => {
  const env = {
    IMAGEPIPELINE_STORE: 's3://id:secret@bucket/x',
    IMAGEPIPELINE_S3_ENDPOINT: 'https://id:secret@host',
    IMAGEPIPELINE_S3_PATH_STYLE: 'yes',
  };
  for (const read of [() => parseWorkerSettings({ ...KEY, ...env }, '/w'), () => openForClient(env, '/w')]) {
    expect(read).toThrow(SettingsError);
    for (const name of Object.keys(env)) expect(read).toThrow(name);
    expect(read).not.toThrow('secret');
  }
});

test.each([
  ['gs://bucket/x', /begins with "gs:\/\/"; expected a folder or s3:\/\/bucket\/prefix/],
  ['https://id:secret@host/x', /begins with "https:\/\/"; expected/],
  ['s3://Bucket', /names the bucket "Bucket"/],
  ['s3://', /names the bucket ""/],
  ['s3://bucket/a//b', /has the prefix "a\/\/b"/],
  ['s3://bucket/../b', /has the prefix "..\/b"/],
  ['s3://bucket/a b', /has the prefix "a b"/],
  ['s3://bucket/a?x', /must not carry/],
])('the store %s is refused', (store, expected) => {
  expect(() => parseWorkerSettings({ ...KEY, IMAGEPIPELINE_STORE: store }, '/w')).toThrow(expected);
  expect(() => openStore({ store })).toThrow(expected);
});

test('the scheme decides which store it is', async () => {
  expect(openStore({ store: '/w/x' }).results).toBeInstanceOf(FilesystemStore);
  const opened = openStore({ store: 's3://some-bucket/x' });
  expect(opened.results).toBeInstanceOf(S3Store);
  await opened.close();
});

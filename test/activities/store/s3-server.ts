/** A real S3-compatible server for one test file, on a free port, with one empty bucket; gone with the file. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Access } from '../../../activities/store/s3/s3-settings';
import { ServerProcess } from '../../../tools/temporal/server-process';
import { tempFolder } from '../../support/temp-folder';
import { until } from '../../support/until';
import { type Front, isAnswering, startFront, type Target } from './s3-front';

/** Look like credentials, so that no test can miss them where they must not be. */
export const KEY_ID = 'AKIANEVERTOBESHOWN00';
export const SECRET_KEY = 'never-to-be-shown/SECRETSECRETSECRETSECR';

const OUTSIDE = process.env['IMAGEPIPELINE_TEST_S3_ENDPOINT'];
/** Built before the first test; empty where there is no Go. */
const PROGRAM = process.env['TEST_S3_SERVER'] ?? '';
const hasS3 = OUTSIDE !== undefined || PROGRAM !== '';

/** In place of `describe` and `test` for what needs the server: counted as skipped where it cannot be had. */
export const describeOnS3 = hasS3 ? describe : describe.skip;
export const testOnS3 = hasS3 ? test : test.skip;

export interface S3Server {
  readonly front: Front;
  readonly bucket: string;
  readonly access: S3Access;
  /** Keys of every object below a prefix, in order. */
  keys(prefix?: string): Promise<string[]>;
  read(key: string): Promise<Buffer>;
  head(key: string): Promise<{ readonly type: string | undefined; readonly metadata: object | undefined }>;
}

/**
 * To be called at the top of a test file. An S3 server that runs already can be used instead, to try the tests against
 * others: IMAGEPIPELINE_TEST_S3_ENDPOINT, with its credentials in the variables of the AWS SDK.
 */
export function s3Server(): () => S3Server {
  let started: S3Server | null = null;
  let child: ServerProcess | null = null;
  let client: S3Client | null = null;
  let front: Front | null = null;
  beforeAll(async () => {
    if (!hasS3) return;
    setCredentials(OUTSIDE !== undefined);
    const server = OUTSIDE === undefined ? await startChild() : { target: { url: OUTSIDE }, child: null };
    child = server.child;
    front = await startFront(server.target);
    client = new S3Client({ endpoint: front.url, forcePathStyle: true });
    const bucket = `test-${process.pid}-${Date.now()}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    started = toServer(front, bucket, client);
  });
  afterEach(() => {
    if (started !== null) started.front.meddle = () => null;
    if (started !== null) started.front.spoil = (body) => body;
  });
  afterAll(async () => {
    client?.destroy();
    await front?.close();
    await child?.stop();
  });
  return () => {
    if (started === null) throw new Error('the S3 server is there only while tests run');
    return started;
  };
}

/** What the AWS SDK reads; jest gives every test file an environment of its own. */
function setCredentials(keep: boolean): void {
  if (!keep) Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: SECRET_KEY });
  process.env['AWS_REGION'] ??= 'us-east-1';
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
}

/** On a socket in a folder of its own, since a port that was free a moment ago may be taken. */
async function startChild(): Promise<{ target: Target; child: ServerProcess }> {
  const folder = tempFolder();
  const below = (name: string) => path.join(folder, name);
  for (const name of ['data', 'sidecar']) mkdirSync(below(name));
  const env = { PATH: process.env['PATH'], ROOT_ACCESS_KEY_ID: KEY_ID, ROOT_SECRET_ACCESS_KEY: SECRET_KEY };
  // Beside the objects: not every file system of a test machine has extended attributes.
  const args = ['--quiet', '--port', below('socket'), 'posix', '--sidecar', below('sidecar'), below('data')];
  const child = await ServerProcess.start(PROGRAM, args, { env });
  const target = { url: 'http://localhost', socketPath: below('socket') };
  await until(`the S3 server answers; ${child.output}`, () => isAnswering(target));
  return { target, child };
}

function toServer(front: Front, bucket: string, client: S3Client): S3Server {
  return {
    front,
    bucket,
    access: { endpoint: front.url },
    keys: async (prefix = '') => {
      const keys: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
      }
      return keys;
    },
    read: async (key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    head: async (key) => {
      const { ContentType, Metadata } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { type: ContentType, metadata: Metadata };
    },
  };
}

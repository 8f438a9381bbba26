/** The AWS SDK: loaded and connected when it is first needed, once a store, and let go with it. */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Access } from './s3-settings';

const CONNECT_TIMEOUT_MS = 3_000;
/** For one request: a part of an upload over a slow line. */
const ANSWER_TIMEOUT_MS = 60_000;
/** The SDK waits well below a second between tries; longer trouble is the retry policies' business. */
const TRIES = 3;
/** As many as a worker of the default size has downloads at a time, as a rule; more wait their turn. */
const SOCKETS = 200;
const REGION_OF_NONE = 'us-east-1';
const NO_CHECKSUMS = {
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

type Sdk = typeof import('@aws-sdk/client-s3') & Pick<typeof import('@aws-sdk/lib-storage'), 'Upload'>;

export interface S3Session {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

export class S3Connection {
  private session: Promise<S3Session> | null = null;
  private isRenewed = false;
  private closed = false;

  constructor(private readonly access: S3Access) {}

  /** @throws if the store was closed */
  open(): Promise<S3Session> {
    if (this.closed) return Promise.reject(new Error('the store was closed'));
    this.session ??= connect(this.access, this.isRenewed);
    return this.session;
  }

  /** What is opened next reads the credentials anew, unless that was done already. */
  async renew(used: S3Session): Promise<void> {
    const session = await this.session?.catch(() => null);
    if (session !== used || this.closed) return;
    this.session = null;
    this.isRenewed = true;
    used.client.destroy();
  }

  /** Idle sockets are closed at once; what is under way fails. */
  async close(): Promise<void> {
    this.closed = true;
    const session = this.session;
    this.session = null;
    // A session that never came to be was reported to whoever asked for it.
    (await session?.catch(() => null))?.client.destroy();
  }
}

/** Understood by the providers of credentials: the SDK reads each file of profiles once a process. */
const READ_ANEW = { ignoreCache: true };

async function connect(access: S3Access, isRenewed: boolean): Promise<S3Session> {
  // Imported here: commands and libraries that never see an s3:// address must not wait for the SDK.
  const [s3, { Upload }] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]);
  const config = { ...toConfig(access), ...readRegion(access, s3), ...(isRenewed ? READ_ANEW : {}) };
  return { sdk: { ...s3, Upload }, client: new s3.S3Client(config) };
}

/** A server of one's own has no regions, but a request is signed for one. */
function readRegion({ endpoint }: S3Access, { S3Client }: Pick<Sdk, 'S3Client'>): Pick<S3ClientConfig, 'region'> {
  if (endpoint === undefined) return {};
  return { region: () => new S3Client({}).config.region().catch(() => REGION_OF_NONE) };
}

function toConfig({ endpoint, pathStyle, checksums = true }: S3Access): S3ClientConfig {
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    ...(checksums ? {} : NO_CHECKSUMS),
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
    },
  };
}

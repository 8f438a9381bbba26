/** The AWS SDK, loaded and connected on first use, once per store, and closed with it. */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { createTunnelAgents } from '../../network/tunnel-agents';
import type { S3Access } from './s3-settings';

const CONNECT_TIMEOUT_MS = 3_000;
/** Timeout of one request, in ms: enough for a part of an upload over a slow line. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Attempts by the SDK, which waits well below a second between them. Retry policies handle longer outages. */
const TRIES = 3;
/** Maximum sockets; a worker of the default size rarely runs more downloads at once. Further requests wait. */
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

  /** @throws if the store is closed */
  open(): Promise<S3Session> {
    if (this.closed) return Promise.reject(new Error('the store was closed'));
    this.session ??= connect(this.access, this.isRenewed);
    return this.session;
  }

  /** Makes the next session reload the credentials, unless another caller already did. */
  async renew(used: S3Session): Promise<void> {
    const session = await this.session?.catch(() => null);
    if (session !== used || this.closed) return;
    this.session = null;
    this.isRenewed = true;
    used.client.destroy();
  }

  /** Closes idle sockets at once; requests in flight fail. */
  async close(): Promise<void> {
    this.closed = true;
    const session = this.session;
    this.session = null;
    // If the session failed to open, its callers have the error already.
    (await session?.catch(() => null))?.client.destroy();
  }
}

/** Option of the credential providers: otherwise the SDK reads each profile file once per process. */
const WITHOUT_CACHE = { ignoreCache: true };

async function connect(access: S3Access, isRenewed: boolean): Promise<S3Session> {
  // Imported here because commands and libraries that never use an s3:// address must not load the SDK.
  const [s3, { Upload }] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]);
  const config = { ...toConfig(access), ...readRegion(access, s3), ...(isRenewed ? WITHOUT_CACHE : {}) };
  return { sdk: { ...s3, Upload }, client: new s3.S3Client(config) };
}

/** A custom endpoint has no region, but request signing needs one. The SDK asks for it several times per request. */
function readRegion({ endpoint }: S3Access, { S3Client }: Pick<Sdk, 'S3Client'>): Pick<S3ClientConfig, 'region'> {
  if (endpoint === undefined) return {};
  let region: Promise<string> | null = null;
  const lookUp = () => new S3Client({}).config.region().catch(() => REGION_OF_NONE);
  return {
    region: () => {
      region ??= lookUp();
      return region;
    },
  };
}

function toConfig({ endpoint, pathStyle, checksums = true, proxies = {} }: S3Access): S3ClientConfig {
  const agents = createTunnelAgents({
    ...{ keepAlive: true, maxSockets: SOCKETS, proxies, connectTimeoutMs: CONNECT_TIMEOUT_MS },
  });
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    ...(checksums ? {} : NO_CHECKSUMS),
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agents.http,
      httpsAgent: agents.https,
    },
  };
}

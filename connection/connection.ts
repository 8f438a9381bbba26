/** Connects to Temporal by its environment configuration, with errors that name the remedy. */
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  Client,
  type ClientOptions,
  Connection,
  isGrpcDeadlineError,
  isGrpcServiceError,
  ServiceError,
} from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { readSecretFiles } from '../input/secret-files';
import { createDataConverter, type EncryptionSettings, EncryptionSettingsError, readEncryption } from '../payloads';
import type { Environment } from '../workflows/domain/base/environment';
import { findErrorCode } from '../workflows/domain/base/errors';
import { isExemptFromProxies } from '../workflows/domain/base/proxy-variables';
import { isTraced } from '../workflows/domain/base/trace-variables';
import { CallAborter, wasClosed } from './call-aborter';
import { ClientClosedError, NoServerError } from './errors';
import { readConnectConfig } from './temporal-settings';

export const DEFAULT_ADDRESS = '127.0.0.1:7233';
/** Connection timeout in ms. A local server answers within milliseconds, a remote one within two seconds. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longest wait between reconnects in ms. The default of two minutes is too long at a terminal. */
const MAX_RECONNECT_WAIT_MS = 5_000;

interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  readonly config: ClientConnectConfig;
  /** `null`: payloads are not encrypted. */
  readonly encryption: EncryptionSettings | null;
  /** Connect without a proxy, whatever gRPC reads from the environment. Default false. */
  readonly isDirect?: boolean;
  /** Propagate the caller's trace to the workflows that it starts. Default false. */
  readonly traced?: boolean;
}

/**
 * Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS*, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE
 * IMAGEPIPELINE_ENCRYPTION_KEYS, also as a file, and IMAGEPIPELINE_ENCRYPTION_STRICT.
 *
 * @throws EncryptionSettingsError, TemporalSettingsError
 */
export function readTemporalTarget(env: Environment): TemporalTarget {
  const config = readConnectConfig(env);
  return {
    address: config.connectionOptions.address ?? DEFAULT_ADDRESS,
    namespace: config.namespace ?? 'default',
    config,
    encryption: findEncryption(env),
    isDirect: isExemptFromProxies(parseHost(config.connectionOptions.address ?? DEFAULT_ADDRESS), env),
    traced: isTraced(env),
  };
}

/** @throws EncryptionSettingsError */
export function findEncryption(env: Environment): EncryptionSettings | null {
  const problems: string[] = [];
  const filled = readSecretFiles(env, ['IMAGEPIPELINE_ENCRYPTION_KEYS'], problems);
  if (problems.length > 0) throw new EncryptionSettingsError(problems);
  return readEncryption(filled);
}

/** @throws NoServerError */
export async function connectTemporal(target: TemporalTarget): Promise<Client> {
  const connection = await connectTo(target);
  return new Client({
    connection,
    namespace: target.namespace,
    dataConverter: createDataConverter(target.encryption),
    ...(target.traced ? await tracingInterceptors() : {}),
  });
}

const abortersByConnection = new WeakMap<object, CallAborter>();

/** Closes the connection and aborts its calls. Safe to call twice. */
export async function closeTemporal({ connection }: Client): Promise<void> {
  abortersByConnection.get(connection)?.end();
  await connection.close();
}

/**
 * Interceptors for the trace provider that this process has installed: ours, or that of the service that uses the library. Their
 * package is optional: without it, the traces of a service end here.
 */
async function tracingInterceptors(): Promise<Pick<ClientOptions, 'interceptors'>> {
  try {
    const { OpenTelemetryWorkflowClientInterceptor } = await import(
      '@temporalio/interceptors-opentelemetry/lib/client'
    );
    return { interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] } };
  } catch (error) {
    if (findErrorCode(error) === 'MODULE_NOT_FOUND') return {};
    throw error;
  }
}

/** gRPC would also use a proxy for this machine, unless `no_proxy` excludes it. */
const WITHOUT_PROXY = { 'grpc.enable_http_proxy': 0 };

function parseHost(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

async function connectTo({ address, config, isDirect = false }: TemporalTarget): Promise<Connection> {
  try {
    await refuseClosedPort(address);
    const calls = new CallAborter();
    const connection = await Connection.connect({
      ...config.connectionOptions,
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      interceptors: calls.interceptors,
      channelArgs: {
        'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_WAIT_MS,
        ...(isDirect ? WITHOUT_PROXY : {}),
      },
    });
    abortersByConnection.set(connection, calls);
    return connection;
  } catch (error) {
    throw new NoServerError(address, error);
  }
}

/** gRPC status UNAVAILABLE: the connection was lost or refused. */
const UNAVAILABLE = 14;

/** Whether a call failed because no server answers. The work itself may be fine. */
export function isServerGone(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && cause.code === UNAVAILABLE;
}

/** Converts a connection failure to an error of this library; returns any other error unchanged. */
export function toConnectionError(client: Client, error: unknown): unknown {
  if (wasClosed(error)) return new ClientClosedError(error);
  return isServerGone(error) ? new NoServerError(findAddress(client), error) : error;
}

const [CANCELLED, FAILED_PRECONDITION] = [1, 9];

/** Whether a query failed because no worker is running. A live worker answers within ms. */
export function isWorkerGone(error: unknown): boolean {
  // FAILED_PRECONDITION: no worker has polled the task queue recently.
  return isLate(error) || hasStatus(error, FAILED_PRECONDITION);
}

/**
 * Whether a call with a deadline ended without an answer: at the deadline, or a moment before it, because the server knows the
 * deadline too and then answers CANCELLED. A call that was aborted looks the same.
 */
export function isLate(error: unknown): boolean {
  return isGrpcDeadlineError(error) || isCancelledCall(error);
}

/** Whether a call was cancelled: by the server, or by an abort signal. */
export function isCancelledCall(error: unknown): boolean {
  return hasStatus(error, CANCELLED);
}

function hasStatus(error: unknown, status: number): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && cause.code === status;
}

/** The address that a client is connected to. A connection of another kind, such as that of a worker, does not have it. */
export function findAddress({ connection }: Client): string {
  return connection instanceof Connection ? connection.options.address : 'the address of the given client';
}

const LOOPBACK_ADDRESS = /^(localhost|127(?:\.\d+){3}):(\d+)$/;

/** Fails at once if the port is closed; gRPC would retry for seconds. */
async function refuseClosedPort(address: string): Promise<void> {
  const [, host, port] = LOOPBACK_ADDRESS.exec(address) ?? [];
  if (host === undefined) return;
  const socket = connect({ host, port: Number(port) });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

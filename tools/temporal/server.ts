import { claimDatabase, type DatabaseClaim } from './database-claim';
import { TemporalServerError, toMessage } from './errors';
import { checkPortIsFree, pickFreePort } from './free-port';
import { serverArguments } from './server-arguments';
import { type ServerExit, ServerProcess } from './server-process';
import { waitUntilReady } from './server-ready';

export interface TemporalServerOptions {
  /** The `temporal` binary; see {@link resolveTemporalCli}. */
  readonly cliPath: string;
  /** gRPC port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Port of the web UI; 0 picks a free one, null disables the UI. */
  readonly uiPort: number | null;
  /** The database file, created with its folder if missing. Absent: everything is in memory and lost at the end. */
  readonly dbFile?: string;
  /** Default `default`. */
  readonly namespace?: string;
  /** Search attributes to register, each `Name=Type`, for example `Account=Keyword`. Default: none. */
  readonly searchAttributes?: readonly string[];
  /** Called with each line of the server's output; few at its log level "error". Default: ignored. */
  readonly onLog?: (line: string) => void;
  /** Default 30,000 ms. */
  readonly readyTimeoutMs?: number;
  /** Time between SIGTERM and SIGKILL in `stop()`. Default 10,000 ms. */
  readonly stopGraceMs?: number;
  /** Called if the server ends without `stop()` once it was ready. */
  readonly onExit?: (exit: ServerExit) => void;
  /** The server's environment. Default: inherited. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A running Temporal server. It ends with this process at the latest, however this process ends. Until then it keeps
 * this process alive: call `stop()`.
 */
export interface TemporalServer {
  /** gRPC address, `127.0.0.1:<port>`. */
  readonly address: string;
  /** The web UI's address; null when headless. */
  readonly uiUrl: string | null;
  /** The server's own pid. */
  readonly pid: number;
  /** Resolves when the server's process has ended, for any reason. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Stops the server; resolves when its process has ended. May be called repeatedly. */
  stop(): Promise<void>;
}

const DEFAULT_READY_TIMEOUT_MS = 30_000;
/** Attempts to start: a picked port can be taken by another program before the server binds it. */
const PORT_ATTEMPTS = 3;

/**
 * Starts a Temporal server as a child process and waits until it answers calls.
 *
 * @throws TemporalServerError with `code` PORT_IN_USE, DATABASE_IN_USE, DATABASE_UNUSABLE, SERVER_EXITED or
 * SERVER_NOT_READY; no process is left behind
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const claim = options.dbFile === undefined ? null : await claimDatabase(options.dbFile);
  try {
    return await startOnPorts(options, claim);
  } catch (error) {
    claim?.release();
    throw error;
  }
}

async function startOnPorts(options: TemporalServerOptions, claim: DatabaseClaim | null): Promise<TemporalServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(options.port, '--port');
    const uiPort = options.uiPort === null ? null : await choosePort(options.uiPort, '--ui-port');
    try {
      return await startOnce(options, port, uiPort, claim);
    } catch (error) {
      const inUse = error instanceof TemporalServerError && error.code === 'PORT_IN_USE';
      const picked = options.port === 0 || options.uiPort === 0;
      if (!inUse || !picked || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function choosePort(port: number, flag: '--port' | '--ui-port'): Promise<number> {
  if (port === 0) return pickFreePort();
  await checkPortIsFree(port, flag);
  return port;
}

async function startOnce(
  options: TemporalServerOptions,
  port: number,
  uiPort: number | null,
  claim: DatabaseClaim | null,
): Promise<TemporalServer> {
  const { cliPath, namespace = 'default', searchAttributes = [] } = options;
  const args = serverArguments({ port, uiPort, namespace, searchAttributes, ...(claim && { dbFile: claim.dbFile }) });
  const server = await ServerProcess.start(cliPath, args, options);
  claim?.recordServer(server.pid);
  await untilReady(server, port, options);
  void server.exited.then((exit) => {
    claim?.release();
    if (!exit.stopped) options.onExit?.(exit);
  });
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
    pid: server.pid,
    exited: server.exited,
    stop: () => server.stop(),
  };
}

async function untilReady(server: ServerProcess, port: number, options: TemporalServerOptions): Promise<void> {
  const timeoutMs = options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS;
  const died = new AbortController();
  void server.exited.then(() => died.abort());
  try {
    const { namespace = 'default', searchAttributes = [] } = options;
    await waitUntilReady({ port, namespace, searchAttributes, timeoutMs, signal: died.signal });
  } catch (error) {
    if (died.signal.aborted) throw await server.startupFailure();
    await server.stop();
    throw new TemporalServerError('SERVER_NOT_READY', `The Temporal server is ${toMessage(error)}${server.lastLines}`);
  }
}

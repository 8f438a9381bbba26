import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { databaseArguments, databaseInUse, prepareDatabase, recordUse } from './database';
import { TemporalServerError, toMessage } from './errors';
import { runAlone } from './run-alone';
import { quoteEnd } from './run-command';
import { ServerProcess, type ServerProcessOptions } from './server-process';
import { waitUntilReady } from './server-ready';
import { portInUse, startupFailure } from './startup-failure';

export interface TemporalServerOptions extends ServerProcessOptions {
  /** The `temporal` binary; see {@link resolveTemporalCli}. */
  readonly cliPath: string;
  /** gRPC port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Port of the web UI; 0 picks a free one, `null` disables the UI. */
  readonly uiPort: number | null;
  /** The database file, created with its folder if missing. Absent: everything is in memory and lost at the end. */
  readonly dbFile?: string;
  /** Names of search attributes to register, all of type Keyword. Default: none. */
  readonly searchAttributes?: readonly string[];
  /** Default 30,000 ms. */
  readonly readyTimeoutMs?: number;
}

/**
 * A running Temporal server. It ends with this process at the latest, however this process ends. Until then it keeps
 * this process alive: call `stop()`.
 */
export interface TemporalServer extends Pick<ServerProcess, 'pid' | 'exited' | 'stop'> {
  /** gRPC address, `127.0.0.1:<port>`. */
  readonly address: string;
  /** The web UI's address; `null` without UI. */
  readonly uiUrl: string | null;
}

/** Attempts to start: a picked port can be taken by another program before the server binds it. */
const PORT_ATTEMPTS = 3;

/**
 * Starts a Temporal server as a child process and waits until it answers calls.
 *
 * @throws TemporalServerError with `code` PORT_IN_USE, DATABASE_IN_USE, DATABASE_UNUSABLE, SERVER_EXITED or
 * SERVER_NOT_READY; no process is left behind
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const dbFile = options.dbFile === undefined ? null : resolve(options.dbFile);
  if (dbFile === null) return startOnPorts(options, null);
  // One start at a time, so that the next one finds the record of this one.
  return runAlone(
    `${dbFile}.starting`,
    'starting a Temporal server',
    () => undefined,
    async () => {
      await prepareDatabase(dbFile);
      return startOnPorts(options, dbFile);
    },
  );
}

async function startOnPorts(options: TemporalServerOptions, dbFile: string | null): Promise<TemporalServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options, dbFile);
    } catch (error) {
      const code = error instanceof TemporalServerError ? error.code : null;
      if (code === 'DATABASE_IN_USE' && dbFile !== null) throw databaseInUse(dbFile);
      const picked = options.port === 0 || options.uiPort === 0;
      if (code !== 'PORT_IN_USE' || !picked || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnce(options: TemporalServerOptions, dbFile: string | null): Promise<TemporalServer> {
  const { searchAttributes = [], readyTimeoutMs = 30_000 } = options;
  const port = await choosePort(options.port, '--port');
  const uiPort = options.uiPort === null ? null : await choosePort(options.uiPort, '--ui-port');
  // Serves only this machine and sends no telemetry.
  const args = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...['--log-level', 'error', '--ui-disable-news-fetch'],
    ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    // Ends the polls of a worker that stops, so that no task is handed to it any more.
    ...['--dynamic-config-value', 'frontend.enableCancelWorkerPollsOnShutdown=true'],
    ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...(dbFile === null ? [] : databaseArguments(dbFile)),
  ];
  const server = await ServerProcess.start(options.cliPath, args, options);
  const died = new AbortController();
  void server.exited.then(() => died.abort());
  try {
    await waitUntilReady(port, searchAttributes, readyTimeoutMs, died.signal);
    if (dbFile !== null) void server.exited.then(recordUse(dbFile, server.pid));
  } catch (error) {
    const hasDied = died.signal.aborted;
    await server.stop();
    if (hasDied) throw startupFailure(await server.exited, server.output);
    const message = `The Temporal server is ${toMessage(error)}${quoteEnd(server.output)}`;
    throw new TemporalServerError('SERVER_NOT_READY', message);
  }
  const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
  return Object.assign(server, { address: `127.0.0.1:${port}`, uiUrl });
}

/** Returns the port if it is free, or a free one for 0. Throws PORT_IN_USE, with the flag that selects another port. */
async function choosePort(port: number, flag: '--port' | '--ui-port'): Promise<number> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new TemporalServerError('PORT_IN_USE', portInUse(port, flag));
  }
  const chosen = (probe.address() as AddressInfo).port;
  await once(probe.close(), 'close');
  return chosen;
}

interface ServerArguments {
  readonly port: number;
  /** null for no web UI. */
  readonly uiPort: number | null;
  readonly namespace: string;
  readonly dbFile?: string;
  /** Each `Name=Type`. */
  readonly searchAttributes: readonly string[];
}

/** The `temporal` command line for a server that serves only this machine and sends no telemetry. */
export function serverArguments(options: ServerArguments): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port)],
    ...['--log-level', 'error', '--namespace', options.namespace],
    ...['--ui-disable-news-fetch', '--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    ...(options.uiPort === null ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ...options.searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ...(options.dbFile === undefined ? [] : databaseArguments(options.dbFile)),
  ];
}

/** Twice as fast as SQLite's defaults. With a write-ahead log, NORMAL loses nothing if only the process dies. */
function databaseArguments(file: string): string[] {
  const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((pragma) => ['--sqlite-pragma', pragma]);
  return ['--db-filename', file, ...pragmas];
}

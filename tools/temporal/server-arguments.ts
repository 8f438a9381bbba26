interface ServerArguments {
  readonly port: number;
  /** null: no web UI. */
  readonly uiPort: number | null;
  readonly namespace: string;
  readonly dbFile?: string;
  /** Each `Name=Type`. */
  readonly searchAttributes: readonly string[];
}

/** The command line of `temporal` for a server that serves this machine only and does not call home. */
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

/** Twice as fast as SQLite's defaults; with a write-ahead log NORMAL loses nothing when only the process dies. */
function databaseArguments(file: string): string[] {
  const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((pragma) => ['--sqlite-pragma', pragma]);
  return ['--db-filename', file, ...pragmas];
}

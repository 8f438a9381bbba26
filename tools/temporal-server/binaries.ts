/** The Temporal server for PostgreSQL as plain programs, named as in Temporal's images. */
import { findGoPrograms, type GoPrograms, makeGoPrograms } from '../temporal/go-programs';
import { TEMPORAL_SERVER_VERSION } from './version';

const SERVER: GoPrograms = {
  title: `the Temporal server ${TEMPORAL_SERVER_VERSION}`,
  release: `temporal-server-${TEMPORAL_SERVER_VERSION}`,
  module: 'temporal-server',
  programs: {
    'temporal-server': 'go.temporal.io/server/cmd/server',
    'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
  },
  minutes: 4,
};

/** Folder of the programs; `null` if they have not been built. */
export function findServerPrograms(env: NodeJS.ProcessEnv): string | null {
  return findGoPrograms(env, SERVER);
}

/** Builds them with the Go toolchain on PATH if they are missing; returns their folder. */
export function makeServerPrograms(env: NodeJS.ProcessEnv, onProgress: (line: string) => void): Promise<string> {
  return makeGoPrograms(env, SERVER, onProgress);
}

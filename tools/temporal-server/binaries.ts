/** The Temporal server for PostgreSQL as plain programs, named as in Temporal's images. */
import { findGoPrograms, type GoPrograms, goProgramsFolder, makeGoPrograms } from '../temporal/go-programs';
import { TEMPORAL_SERVER_VERSION } from './version';

const SERVER: GoPrograms = {
  title: `the Temporal server ${TEMPORAL_SERVER_VERSION}`,
  release: `temporal-server-${TEMPORAL_SERVER_VERSION}`,
  module: 'temporal-server',
  programs: [
    { name: 'temporal-server', built: 'server', goPackage: 'go.temporal.io/server/cmd/server' },
    { name: 'temporal-sql-tool', built: 'sql', goPackage: 'go.temporal.io/server/cmd/tools/sql' },
  ],
  minutes: 4,
};

/** Folder of the programs, whether or not they exist. */
export function serverFolder(env: NodeJS.ProcessEnv): string {
  return goProgramsFolder(env, SERVER);
}

/** Returns `null` if they have not been built. */
export function findServerPrograms(env: NodeJS.ProcessEnv): string | null {
  return findGoPrograms(env, SERVER);
}

/** Builds them with the Go toolchain on PATH if they are missing; returns their folder. */
export function makeServerPrograms(
  env: NodeJS.ProcessEnv,
  packageRoot: string,
  onProgress: (line: string) => void,
): Promise<string> {
  return makeGoPrograms(env, packageRoot, SERVER, onProgress);
}

/** An S3-compatible server as a plain program, for tests. */
import path from 'node:path';
import { findGoPrograms, type GoPrograms, makeGoPrograms } from '../temporal/go-programs';

/** `go.mod` in this folder uses the same version. */
export const VERSITYGW_VERSION = '1.8.0';

const NAME = 'versitygw';

const VERSITYGW: GoPrograms = {
  title: `versitygw ${VERSITYGW_VERSION}, the S3 server of the tests`,
  release: `versitygw-${VERSITYGW_VERSION}`,
  module: 'versitygw',
  programs: [{ name: NAME, built: NAME, goPackage: 'github.com/versity/versitygw/cmd/versitygw' }],
  minutes: 3,
};

/** Path of the program; `null` if it has not been built. */
export function findVersitygw(env: NodeJS.ProcessEnv): string | null {
  const folder = findGoPrograms(env, VERSITYGW);
  return folder === null ? null : path.join(folder, NAME);
}

/**
 * Builds it with the Go toolchain on PATH if it is missing; returns its path.
 *
 * @throws with the reason, for example a missing Go toolchain
 */
export async function makeVersitygw(
  env: NodeJS.ProcessEnv,
  packageRoot: string,
  onProgress: (line: string) => void,
): Promise<string> {
  return path.join(await makeGoPrograms(env, packageRoot, VERSITYGW, onProgress), NAME);
}

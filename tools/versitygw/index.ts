/** An S3-compatible server as a plain program, for tests. */
import path from 'node:path';
import { makeGoPrograms } from '../temporal/go-programs';

/** `go.mod` in this folder uses the same version. */
export const VERSITYGW_VERSION = '1.8.0';

const NAME = 'versitygw';

/**
 * Builds it with the Go toolchain on PATH if it is missing; returns its path.
 *
 * @throws with the reason, for example a missing Go toolchain
 */
export async function makeVersitygw(env: NodeJS.ProcessEnv, onProgress: (line: string) => void): Promise<string> {
  const wanted = {
    title: `versitygw ${VERSITYGW_VERSION}, the S3 server of the tests`,
    release: `versitygw-${VERSITYGW_VERSION}`,
    module: 'versitygw',
    programs: { [NAME]: 'github.com/versity/versitygw/cmd/versitygw' },
    minutes: 3,
  };
  return path.join(await makeGoPrograms(env, wanted, onProgress), NAME);
}

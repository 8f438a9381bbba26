import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of this package's package.json; the same for the sources and `dist`. */
export function findPackageRoot(from: string = __dirname): string {
  return dirname(createRequire(join(from, 'any')).resolve('imagepipeline-temporal/package.json'));
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the package.json above a folder; the same for the sources and `dist`. */
export function findPackageRoot(from: string = __dirname): string {
  const above = dirname(from);
  return existsSync(join(from, 'package.json')) || above === from ? from : findPackageRoot(above);
}

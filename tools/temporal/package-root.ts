import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PACKAGE_NAME = 'imagepipeline-temporal';

/** The folder of this package's package.json; the same for the sources and `dist`. */
export function findPackageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isPackageRoot(folder)) return folder;
    if (dirname(folder) === folder) {
      throw new Error(`No package.json named ${PACKAGE_NAME} in "${from}" or above it: the installation is damaged`);
    }
  }
}

function isPackageRoot(folder: string): boolean {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return false;
  return (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === PACKAGE_NAME;
}

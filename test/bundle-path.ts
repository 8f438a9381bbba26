/** Where the workflows of the sources are bundled to. Bundling takes some seconds, so a later run uses the same file. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..');
/** All that a bundle is made of. */
const SOURCES = ['workflows', 'payloads', 'worker/bundle.ts', 'test/support/workflow-code.ts', 'package-lock.json'];

/**
 * Named by the content of the sources, as jest names what it has transformed, and beside that.
 *
 * @param cacheFolder `jest --clearCache` removes it
 */
export function bundlePath(cacheFolder: string): string {
  const hash = createHash('sha256').update(ROOT);
  for (const file of SOURCES.flatMap(listFiles)) hash.update(`\0${file}\0`).update(readFileSync(path.join(ROOT, file)));
  return path.join(cacheFolder, `workflows-${hash.digest('hex').slice(0, 32)}.js`);
}

/** Of the same, with failures encoded. */
export function encodedBundlePath(plainPath: string): string {
  return `${plainPath}.encoded-failures.js`;
}

function listFiles(source: string): readonly string[] {
  if (path.extname(source) !== '') return [source];
  const names = readdirSync(path.join(ROOT, source), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ path: folder, name }) => path.join(folder, name));
  return files.map((file) => path.relative(ROOT, file)).sort();
}

import { mkdtemp, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * Makes a file in `folder` and moves it to its place: an incomplete file never appears there. Returns the place.
 *
 * @param make writes a file with the target's name
 */
export async function install(
  target: string,
  folder: string,
  make: (output: string) => Promise<void>,
): Promise<string> {
  // A folder of its own: the `go` of a builder that was killed may still write.
  const output = join(await mkdtemp(join(folder, 'making-')), basename(target));
  await make(output);
  await rename(output, target);
  return target;
}

import os from 'node:os';
import path from 'node:path';

/** Of the workflows as this run of the tests has bundled them. */
export function bundlePath(): string {
  return path.join(os.tmpdir(), `imagepipeline-tests-${process.pid}.workflows.js`);
}

/** Of the same, with failures encoded. */
export function encodedBundlePath(plainPath: string): string {
  return `${plainPath}.encoded-failures.js`;
}

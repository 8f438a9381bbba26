import os from 'node:os';
import path from 'node:path';

/** Of the workflows as this run of the tests has bundled them. */
export function bundlePath(): string {
  return path.join(os.tmpdir(), `imagepipeline-tests-${process.pid}.workflows.js`);
}

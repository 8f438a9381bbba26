import { rmSync } from 'node:fs';
import { bundlePath, encodedBundlePath } from './bundle-path';
import { stopSharedServer } from './postgres/shared-server';

export default async function globalTeardown(): Promise<void> {
  for (const file of [bundlePath(), encodedBundlePath(bundlePath())]) rmSync(file, { force: true });
  await stopSharedServer();
}

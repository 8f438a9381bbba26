import { rmSync } from 'node:fs';
import { bundlePath, encodedBundlePath } from './bundle-path';
import { stopPostgresServer } from './postgres/shared-server';
import { stopSharedServer } from './shared-server';

export default async function globalTeardown(): Promise<void> {
  for (const file of [bundlePath(), encodedBundlePath(bundlePath())]) rmSync(file, { force: true });
  await Promise.all([stopSharedServer(), stopPostgresServer()]);
}

import { rmSync } from 'node:fs';
import { bundlePath } from './bundle-path';
import { stopSharedServer } from './postgres/shared-server';

export default async function globalTeardown(): Promise<void> {
  rmSync(bundlePath(), { force: true });
  await stopSharedServer();
}

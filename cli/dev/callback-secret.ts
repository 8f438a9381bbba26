import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export function callbackSecretFile(dataDir: string): string {
  return path.join(dataDir, 'callback-secret');
}

/** Creates the secret at the first start and keeps it: callbacks requested before a restart still verify. */
export function devCallbackSecret(dataDir: string): string {
  const file = callbackSecretFile(dataDir);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const secret = randomBytes(32).toString('hex');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

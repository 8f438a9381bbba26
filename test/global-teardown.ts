import { stopPostgresServer } from './postgres/shared-server';
import { stopSharedServer } from './shared-server';

export default async function globalTeardown(): Promise<void> {
  await Promise.all([stopSharedServer(), stopPostgresServer()]);
}

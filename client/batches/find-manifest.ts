import type { Manifest } from '../../activities/store';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import { ManifestNotFoundError } from '../errors';
import type { OpenStore } from '../open-store';

/** @throws ManifestNotFoundError if the store has no such batch */
export async function findManifest({ batches, address }: OpenStore, id: string): Promise<Manifest> {
  const manifest = isSafeKey(id) ? await batches.readManifest(id) : null;
  if (manifest !== null) return manifest;
  throw new ManifestNotFoundError(id, address);
}

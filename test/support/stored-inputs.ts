/** The input files in the store of a rig. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ManifestRow } from '../../activities/store';
import { toPart } from '../../activities/store';
import type { Rig } from './rig';

/** Names, without the notes beside them. */
export function listStoredInputs({ store }: Pick<Rig, 'store'>): readonly string[] {
  const folder = path.join(store, 'inputs');
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.json')) : [];
}

/** The rows of a batch, as they are in the store. */
export async function readStoredRows({ client }: Pick<Rig, 'client'>, id: string): Promise<readonly ManifestRow[]> {
  const { batches } = client.openStore();
  const manifest = await batches.readManifest(id);
  if (manifest === null) throw new Error(`the store has no batch "${id}"`);
  const parts = await Promise.all(manifest.parts.map((_size, part) => batches.readPart(toPart(manifest, part))));
  return parts.flat();
}

import { type KeptFile, keptName, StoreUnavailable } from './result-store';
import { refuseUnsafe, toNames } from './safe-names';
import type { StoreFiles } from './store-files';

/** @throws StoreUnavailable, also if it is not there */
export async function readKept(files: StoreFiles, kept: KeptFile): Promise<Buffer> {
  refuseUnsafe([...toNames(kept), kept.extension, String(kept.version)]);
  const name = keptName(kept);
  const bytes = await files.read(name);
  if (bytes !== null) return bytes;
  throw new StoreUnavailable(`cannot read ${files.addressOf(name)}: it is not there; it was moved or removed`);
}

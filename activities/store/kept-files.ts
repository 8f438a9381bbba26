import { type KeptFile, keptName, StoreUnavailable } from './result-store';
import { refuseUnsafe, toNames } from './safe-names';
import type { StoreFiles } from './store-files';

/** @throws StoreUnavailable, also if the file does not exist */
export async function readKept(files: StoreFiles, kept: KeptFile): Promise<Buffer> {
  refuseUnsafe([...toNames(kept), kept.extension, String(kept.version)]);
  const name = keptName(kept);
  const bytes = await files.read(name);
  if (bytes !== null) return bytes;
  throw new StoreUnavailable(`cannot read ${files.addressOf(name)}: it does not exist; it was moved or removed`);
}

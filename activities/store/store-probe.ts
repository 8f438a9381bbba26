/** Tests a store before it is used. */
import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from './result-store';
import type { StoreFiles } from './store-files';

const NAME = 'store-probe.txt';
/** The same in every process: a server may answer one of two writes at once with the checksum of the other. */
const TEXT = 'written by imagepipeline to see that this store can be written';

/** @throws StoreUnavailable */
export async function probeStore(files: StoreFiles): Promise<void> {
  await files.write(NAME, TEXT);
  const text = randomUUID();
  // Concurrent probes may write the file, but creating an existing file must fail.
  const there = await files.create(NAME, text);
  if (there !== text) return;
  throw new StoreUnavailable(
    `cannot use ${files.addressOf(NAME)}: the server overwrites an existing object on a conditional create (it ignores ` +
      '"If-None-Match: *"), so that two batches could take the same id and pay for each other\'s rows; use a server ' +
      'that supports conditional writes, or a newer release of it',
  );
}

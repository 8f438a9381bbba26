/**
 * Verifies pictures in a process of its own, and prints what that took as JSON. Arguments: how many are verified at a time,
 * then the files.
 */
import { verifyImage } from '../activities/media/verify-image';

/** What a process took for its pictures. */
export interface VerificationCost {
  /** User and system time per picture, in ms, without that of the first group. */
  readonly cpuMs: number;
  /** Largest resident memory of the process, in MiB. */
  readonly peakMiB: number;
}

async function main(): Promise<void> {
  const [together = '1', ...files] = process.argv.slice(2);
  const size = Number(together);
  const verifyGroup = (first: number) => Promise.all(files.slice(first, first + size).map(verifyImage));
  // The first group also loads the decoder.
  await verifyGroup(0);
  const begun = process.cpuUsage();
  for (let first = size; first < files.length; first += size) await verifyGroup(first);
  const { user, system } = process.cpuUsage(begun);
  const cpuMs = (user + system) / 1_000 / (files.length - size);
  const cost: VerificationCost = { cpuMs, peakMiB: process.resourceUsage().maxRSS / 1_024 };
  process.stdout.write(JSON.stringify(cost));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

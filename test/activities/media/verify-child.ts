/** Verifies files at once, and tells what the process took for it. */
import { verifyImage } from '../../../activities/media/verify-image';

async function main(): Promise<void> {
  const [facts] = await Promise.all(process.argv.slice(2).map(verifyImage));
  process.stdout.write(JSON.stringify({ facts, peakMb: process.resourceUsage().maxRSS / 1_024 }));
}

void main();

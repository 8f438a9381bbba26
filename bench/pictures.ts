/**
 * What it costs to verify the pictures that real jobs return: CPU time per picture, and the memory of a process that verifies
 * the largest ones.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { VerificationCost } from './pictures-child';
import { LEAN } from './processes';
import { type Figure, report } from './report';

const SIZE = 1_024;
/** Pictures of each format. The first two are not counted. */
const PICTURES = 42;
/** CPU ms per picture. */
const BARS = { webp: 60, png: 45, jpeg: 20 } as const;
/** The largest picture that is decoded. */
const LARGEST = 4_096;
/** Too large to be decoded: only its header is read. */
const TOO_LARGE = 16_000;

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-pictures-'));
  try {
    const good = report('pictures', `${PICTURES} pictures of each format, two at a time.`, [
      ...(await measureFormats(folder)),
      await measureMemory(path.join(folder, 'largest.png'), LARGEST, 6),
      await measureMemory(path.join(folder, 'too-large.png'), TOO_LARGE, 1),
    ]);
    process.exitCode = good ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureFormats(folder: string): Promise<readonly Figure[]> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const picture = sharp({ create: { width: SIZE, height: SIZE, channels: 3, background: '#888', noise } }).blur(2);
  const figures: Figure[] = [];
  for (const format of ['webp', 'png', 'jpeg'] as const) {
    const file = path.join(folder, `picture.${format}`);
    await picture.clone().toFormat(format).toFile(file);
    const { cpuMs } = verify(Array<string>(PICTURES).fill(file), 2);
    const name = `a ${format.toUpperCase()} of ${SIZE} × ${SIZE}, CPU time`;
    figures.push({ name, value: cpuMs, unit: 'ms', bar: { atMost: BARS[format] } });
  }
  return figures;
}

async function measureMemory(file: string, size: number, together: number): Promise<Figure> {
  await sharp({ create: { width: size, height: size, channels: 3, background: '#000' } })
    .png({ compressionLevel: 1 })
    .toFile(file);
  const { peakMiB } = verify(Array<string>(2 * together).fill(file), together);
  const bar = { atMost: together === 1 ? 400 : 600 };
  return { name: `${together} of ${size} × ${size} at a time, peak memory`, value: peakMiB, unit: 'MiB', bar };
}

function verify(files: readonly string[], together: number): VerificationCost {
  const child = path.join(__dirname, 'pictures-child.js');
  const env = { ...process.env, ...LEAN };
  const args = [child, String(together), ...files];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env })) as VerificationCost;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

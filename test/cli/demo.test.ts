import { existsSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { tempFolder } from '../support/temp-folder';
import { runCli } from './cli-process';

test('the demo pauses with a reason, redrives the failed row, and ends all green by itself', async () => {
  const folder = tempFolder();
  const { code, stdout, stderr } = await runCli(['demo'], folder);
  expect(code).toBe(0);
  expect(stderr).toContain('failed items: 1, more than the limit of 0');
  expect(stdout.match(/^\S+ +succeeded /gm)).toHaveLength(12);
  expect(stdout).toMatch(/^poster-banknote +succeeded +2 +1 × INPUT_INVALID/m);
  expect(stdout).toMatch(/^glass-teapot +succeeded +3 +2 × MODEL_ERROR/m);
  expect(stdout).toMatch(/^city-tram +succeeded +1 +2 × CONCURRENT_JOBS_EXCEEDED/m);
  expect(stdout).toContain('Paid jobs      12 for 12 images');
  expect(stdout).toMatch(/^ {2}node \S+imagepipeline\.js dev --data-dir/m);
  expect(existsSync(path.join(folder, '.imagepipeline', 'demo', 'contact-sheet.png'))).toBe(true);
});

test('the demo of photos names the damaged one, leaves it out, and shows the others before and after', async () => {
  const folder = tempFolder();
  const { code, stdout, stderr } = await runCli(['demo', '--photos'], folder);
  expect(code).toBe(0);
  expect(stderr).toContain(
    'key "hat-straw": input_image is "hat-straw.jpg", which is a JPEG picture that ends too early',
  );
  expect(stdout.match(/^\S+ +succeeded /gm)).toHaveLength(7);
  expect(stdout).toMatch(/^shirt-striped +succeeded +3 +2 × MODEL_ERROR/m);
  expect(stdout).toContain('Paid jobs      7 for 7 images');
  const sizes = await Promise.all(
    ['before', 'after'].map((name) =>
      sharp(path.join(folder, '.imagepipeline', 'demo', `contact-sheet-${name}.png`)).metadata(),
    ),
  );
  expect(new Set(sizes.map(({ width, height }) => `${width}x${height}`)).size).toBe(1);
});

/** A folder of photos of products, one of them damaged: their backgrounds are removed. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { drawContactSheet, type SheetEntry } from '../batch/contact-sheet';
import type { EmulatorRule } from '../dev/stack';
import type { ExitCode } from '../exit-codes';
import { type Demo, type DemoScenes, findDemoFile, printSummary, say, step } from './demo';

const FOLDER = findDemoFile('photos');
const DAMAGED = 'hat-straw.jpg';
const FAILS_TWICE = 'shirt-striped.jpg';
const OPERATION = ['--operation', 'background/remove/image'];
const BEFORE = 'contact-sheet-before.png';
const AFTER = 'contact-sheet-after.png';

export const PHOTOS_DEMO: DemoScenes = { listRules, play };

/** An upload is named by its content. */
async function listRules(): Promise<readonly EmulatorRule[]> {
  const bytes = await readFile(path.join(FOLDER, FAILS_TWICE));
  const inputIncludes = createHash('sha256').update(bytes).digest('hex');
  return [{ match: { inputIncludes }, times: 2, then: { failJob: 'MODEL_ERROR' } }];
}

async function play(demo: Demo): Promise<ExitCode> {
  const { id, dataDir, uiUrl } = demo;
  say(demo, 'The emulator replaces the API, so nothing is paid. It takes uploads and really removes backgrounds.');
  say(demo, `Temporal UI, while this runs: ${uiUrl}`);
  await drawBefore(path.join(dataDir, BEFORE));
  await step(demo, ['plan', FOLDER, ...OPERATION]);
  say(demo, 'One photo is damaged, which is found before anything is uploaded or paid. Leave it out:');
  const flags = ['--skip-invalid', '--set', 'recolor=#F4F1EA', '--concurrency', '4'];
  const code = await step(demo, ['batch', FOLDER, ...OPERATION, '--id', id, ...flags]);
  await step(demo, ['sheet', id, '--output', path.join(dataDir, AFTER)]);
  await printSummary(demo, { sheets: { Before: BEFORE, After: AFTER }, isRedriven: false });
  return code;
}

async function drawBefore(file: string): Promise<void> {
  const names = (await readdir(FOLDER)).sort();
  await drawContactSheet(names.map(toEntry), loadPhoto, file);
}

/** A damaged photo cannot be drawn. */
function toEntry(name: string): SheetEntry {
  const shown = { key: path.parse(name).name, mimeType: 'image/jpeg' };
  if (name === DAMAGED) return { ...shown, outcome: 'failed', code: 'INPUT_INVALID', file: null };
  return { ...shown, outcome: 'succeeded', code: null, file: name };
}

async function loadPhoto({ file }: SheetEntry): Promise<Buffer | null> {
  return file === null ? null : readFile(path.join(FOLDER, file));
}

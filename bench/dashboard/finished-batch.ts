/** A batch with very many finished items, made without running a job for each. */
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { BatchRow, ImagePipelineClient } from '../../client';
import { type OpenStore, openStore } from '../../client/open-store';

/** Side of the pictures, in pixels: what most models make. */
const SIDE = 1_024;
const DRAWN = 40;
/** Their contents differ: the gateway makes a thumbnail for each content. */
const CONTENTS = 1_200;
const ROWS_IN_PART = 250;
/** A page of 250 items that runs for minutes writes about so many. */
const SEGMENTS_IN_PART = 10;
const FAILED_EVERY = 50;
const MAX_CONCURRENT = 16;
/** Later than the bench ends: the batch is cancelled before it starts. */
const START_IN_MS = 3_600_000;

interface Picture {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Starts a batch and cancels it before any of its items is submitted. Then replaces the outcomes in the store by those of finished items.
 *
 * @param folder the store
 */
export async function makeFinishedBatch(
  client: ImagePipelineClient,
  folder: string,
  id: string,
  items: number,
): Promise<void> {
  const pictures = await drawPictures(path.join(folder, '..', 'pictures'));
  const startAt = new Date(Date.now() + START_IN_MS).toISOString();
  const batch = await client.startBatch({ id, rows: listRows(items), startAt });
  await batch.cancel();
  await batch.result();
  const root = path.join(folder, 'batches', id);
  await rm(path.join(root, 'outcomes'), { recursive: true });
  await mkdir(path.join(root, 'items'), { recursive: true });
  const store = openStore({ IMAGEPIPELINE_STORE: folder }, folder);
  try {
    const parts = Array.from({ length: Math.ceil(items / ROWS_IN_PART) }, (_one, part) => part);
    await inTurn(parts, (part) => writePart(store, { root, id, part, items, pictures }));
  } finally {
    await store.close();
  }
}

export function toKey(item: number): string {
  return `item-${String(item).padStart(6, '0')}`;
}

async function* listRows(items: number): AsyncGenerator<BatchRow> {
  for (let item = 0; item < items; item += 1) {
    yield { key: toKey(item), prompt: `benchmark ${item}`, width: SIDE, height: SIDE, sku: item };
  }
}

interface PartToWrite {
  /** The folder of the batch. */
  readonly root: string;
  readonly id: string;
  readonly part: number;
  readonly items: number;
  readonly pictures: readonly Picture[];
}

async function writePart({ batches }: OpenStore, { root, id, part, items, pictures }: PartToWrite): Promise<void> {
  const first = part * ROWS_IN_PART;
  const numbers = Array.from({ length: Math.min(ROWS_IN_PART, items - first) }, (_one, index) => first + index);
  const lines = await Promise.all(numbers.map((item) => writeItem(root, item, pictures[item % pictures.length])));
  await batches.beginPart(id, part, `run-${part}`, null);
  const size = Math.ceil(lines.length / SEGMENTS_IN_PART);
  for (let sequence = 1; (sequence - 1) * size < lines.length; sequence += 1) {
    await batches.writeOutcomes(id, part, sequence, lines.slice((sequence - 1) * size, sequence * size), `run-${part}`);
  }
}

type Outcomes = Parameters<OpenStore['batches']['writeOutcomes']>[3];

async function writeItem(root: string, item: number, picture: Picture | undefined): Promise<Outcomes[number]> {
  const key = toKey(item);
  const jobId = `job_${item}`;
  if (picture === undefined || item % FAILED_EVERY === FAILED_EVERY - 1) {
    const none = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };
    const submissions = [{ jobId, code: 'MODEL_ERROR', refusals: {} }];
    return { ...none, key, outcome: 'failed', jobId, code: 'MODEL_ERROR', message: 'the model failed', submissions };
  }
  const { sha256, bytes } = picture;
  const file = path.join(root, 'items', `${key}.jpg`);
  await link(picture.file, file);
  const about = { mimeType: 'image/jpeg', width: SIDE, height: SIDE, verified: true, code: null, message: null };
  const submissions = [{ jobId, code: null, refusals: {} }];
  return { key, outcome: 'succeeded', file, sha256, bytes, ...about, jobId, submissions };
}

/** Draws some pictures. What follows the end of a JPEG is ignored by its readers, and makes the others different. */
async function drawPictures(folder: string): Promise<readonly Picture[]> {
  await mkdir(folder);
  const drawn = await Promise.all(Array.from({ length: DRAWN }, (_one, number) => draw(number)));
  const numbers = Array.from({ length: CONTENTS }, (_one, number) => number);
  return inTurn(numbers, async (number) => {
    const bytes = Buffer.concat([drawn[number % drawn.length] ?? Buffer.alloc(0), Buffer.from(String(number))]);
    const file = path.join(folder, `${number}.jpg`);
    await writeFile(file, bytes);
    return { file, bytes: bytes.length, sha256: await hash(bytes) };
  });
}

async function draw(number: number): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 18 };
  const hue = Math.round((number * 360) / DRAWN);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"><defs><radialGradient id="g"><stop offset="0" stop-color="hsl(${hue} 80% 60%)"/><stop offset="1" stop-color="hsl(${(hue + 120) % 360} 60% 25%)"/></radialGradient></defs><rect width="100%" height="100%" fill="url(#g)" opacity="0.8"/></svg>`;
  return sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#000', noise } })
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 85 })
    .toBuffer();
}

async function hash(bytes: Buffer): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

async function inTurn<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = [];
  for (let first = 0; first < values.length; first += MAX_CONCURRENT) {
    done.push(...(await Promise.all(values.slice(first, first + MAX_CONCURRENT).map(work))));
  }
  return done;
}

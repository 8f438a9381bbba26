/**
 * A folder of photos as a batch, with a store on S3 and workers that are processes: one is killed while it uploads, submits
 * and downloads. With FULL_TESTS it takes 200 photos and kills three more workers, at moments that nothing prepares.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { BatchStatus } from '../../client/batches/batch-status';
import type { Ledger, PostRecord, UploadRecord } from '../../emulator';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { describeOnS3, s3Server } from '../activities/store/s3-server';
import { BatchCli } from '../cli/batch-cli';
import { hashOf } from '../support/hash-of';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { startWorkerProcess, type WorkerChild } from '../support/worker-child';

const FULL = process.env['FULL_TESTS'] !== undefined;
const FILES = FULL ? { photos: 200, duplicates: 20 } : { photos: 40, duplicates: 4 };
const BROKEN = ['cut-off.png', 'no-picture.jpg', 'empty.webp'] as const;
const DISTINCT = FILES.photos - FILES.duplicates - BROKEN.length;
const ROWS = FILES.photos - BROKEN.length;
const ID = 'spring';
/** So that no other item is under way when these are. */
const CONCURRENCY = 4;
const HELD = { upload: 4, unaccepted: 5, accepted: 6, download: 7 } as const;
/** In full: each answer takes this long, so that a worker is killed during it, in ms. */
const ANSWER_MS = 150;

// Each kill costs the time until Temporal notices it.
if (FULL) jest.setTimeout(900_000);

const server = s3Server();
const photos: Buffer[] = [];
/** SHA-256 of each row's photo, by key. */
const contents = new Map<string, string>();
const kills: number[] = [];
let rig: Rig;
let cli: BatchCli;
let status: BatchStatus;
let lines: readonly ItemResultRow[];
let ledger: Ledger;

const store = () => `s3://${server().bucket}/studio`;

async function drawFolder(): Promise<void> {
  mkdirSync(path.join(cli.folder, 'photos'));
  const put = (name: string, bytes: Buffer | string) => writeFileSync(path.join(cli.folder, 'photos', name), bytes);
  for (let number = 0; number < DISTINCT; number += 1) {
    const background = { r: number, g: 40, b: 80 };
    const photo = await sharp({ create: { width: 12, height: 8, channels: 3, background } })
      .png()
      .toBuffer();
    photos.push(photo);
    put(`photo-${toDigits(number)}.png`, photo);
    contents.set(`photo-${toDigits(number)}`, hashOf(photo));
  }
  for (let number = 0; number < FILES.duplicates; number += 1) {
    const photo = photos[DISTINCT - 1 - number] ?? Buffer.alloc(0);
    put(`same-${toDigits(number)}.png`, photo);
    contents.set(`same-${toDigits(number)}`, hashOf(photo));
  }
  const [cutOff, noPicture, empty] = BROKEN;
  put(cutOff, (photos[0] ?? Buffer.alloc(0)).subarray(0, 40));
  put(noPicture, 'not a picture');
  put(empty, '');
}

function toDigits(number: number): string {
  return String(number).padStart(3, '0');
}

function startWorker(): Promise<WorkerChild> {
  const { worker } = rig;
  return startWorkerProcess({ ...worker, settings: { ...worker.settings, store: store(), s3: server().access } });
}

/** Holds one item in each step of its life, until the worker is killed. */
function holdItems(): void {
  const hashHeld = (name: keyof typeof HELD) => hashOf(photos[HELD[name]] ?? Buffer.alloc(0));
  const once = { times: 1 } as const;
  const { emulator } = rig;
  emulator.script({ ...once, match: { promptIncludes: hashHeld('upload') }, then: { fault: 'hang', on: 'upload' } });
  const submit = [
    ['unaccepted', 'hang-before-accept'],
    ['accepted', 'hang-after-accept'],
  ] as const;
  for (const [name, fault] of submit)
    emulator.script({ ...once, match: { inputIncludes: hashHeld(name) }, then: { fault, on: 'submit' } });
  emulator.script({ ...once, match: { inputIncludes: hashHeld('download') }, then: { fault: 'hang', on: 'result' } });
}

function areHeld(): boolean {
  const { faults } = rig.emulator.ledger();
  const held = ['upload:hang', 'submit:hang-before-accept', 'submit:hang-after-accept', 'result:hang'];
  return held.every((name) => faults[name] === 1);
}

async function kill(worker: WorkerChild): Promise<void> {
  kills.push(Date.now());
  worker.send('SIGKILL');
  await worker.ended;
}

/** What a worker does when it is killed, in full. */
const MOMENTS: readonly (readonly [string, () => boolean | (() => boolean)])[] = [
  ['an upload is under way', () => rig.emulator.ledger().uploads.some(({ whole }) => whole === null)],
  ['a POST is under way', () => rig.emulator.ledger().posts.some(({ whole }) => whole === null)],
  [
    'a download begins',
    () => {
      const before = countDownloads();
      return () => countDownloads() > before;
    },
  ],
];

function countDownloads(): number {
  return rig.emulator.ledger().jobs.reduce((sum, { downloads }) => sum + downloads, 0);
}

async function killAtMoments(first: WorkerChild): Promise<void> {
  let worker = first;
  rig.emulator.script({ then: { delayMs: ANSWER_MS, on: 'upload' } });
  rig.emulator.script({ then: { delayMs: ANSWER_MS, on: 'submit' } });
  rig.emulator.script({ then: { delayMs: ANSWER_MS, on: 'result' } });
  for (const [what, isReached] of MOMENTS) {
    const { accepted } = rig.emulator.ledger();
    await until('the worker works', () => rig.emulator.ledger().accepted > accepted + CONCURRENCY);
    const seen = isReached();
    const look = typeof seen === 'function' ? seen : () => isReached() === true;
    await until(what, look);
    await kill(worker);
    worker = await startWorker();
  }
}

describeOnS3('a folder of photos', () => {
  beforeAll(async () => {
    rig = await startRig({ worker: false });
    cli = new BatchCli(rig, {
      IMAGEPIPELINE_STORE: store(),
      IMAGEPIPELINE_S3_ENDPOINT: server().access.endpoint ?? '',
    });
    await drawFolder();
    holdItems();
    const first = await startWorker();
    const args = ['photos', '--operation', 'background/remove/image', '--concurrency', String(CONCURRENCY)];
    const refused = await cli.run('batch', ...args, '--id', ID, '--detach');
    expect([refused.code, rig.emulator.ledger().uploads]).toEqual([2, []]);
    const started = await cli.run('batch', ...args, '--id', ID, '--detach', '--skip-invalid');
    expect([started.code, started.stderr]).toEqual([0, expect.stringContaining(`started ${ID}`)]);
    // The worker has nothing but the bucket.
    rmSync(path.join(cli.folder, 'photos'), { recursive: true });
    await until('an item is held in each step', areHeld);
    await kill(first);
    const second = await startWorker();
    if (FULL) await killAtMoments(second);
    status = await rig.client.batch(ID).result();
    lines = await cli.lines(ID);
    ledger = rig.emulator.ledger();
  });
  afterAll(() => rig.close());

  const postsOf = (sha256: string): readonly PostRecord[] =>
    ledger.posts.filter(({ inputs }) => inputs.some((address) => address.includes(sha256)));

  /** Uploads that were made, of each content. */
  const listMade = () => {
    const made = ledger.uploads.filter(({ named, whole }) => named && whole === true);
    return [...new Set(contents.values())].map((sha256) => made.filter((upload) => upload.sha256 === sha256));
  };

  /**
   * The kill that an upload's record may have been lost in: none if the next upload came before it, or if the content was
   * submitted before it, which happens only after the record is in the store.
   */
  const findLoss = ({ sha256, at: from }: UploadRecord, next: UploadRecord): number | null => {
    const kill = kills.find((at) => at >= from && at <= next.at) ?? null;
    const isRecorded = kill === null || postsOf(sha256 ?? '').some(({ at }) => at >= from && at <= kill);
    return isRecorded ? null : kill;
  };

  test('has a row for each photo that can be read, and each ends', () => {
    expect(status.counts).toMatchObject({ total: ROWS, failed: 0, cancelled: 0 });
    const ended = status.counts.succeeded + status.counts.unknown;
    expect([ended, lines.length]).toEqual([ROWS, ROWS]);
    expect(lines.map(({ key }) => key).sort()).toEqual([...contents.keys()].sort());
  });

  test('is uploaded once for each content', () => {
    const made = listMade();
    expect(made.filter(({ length }) => length === 0)).toEqual([]);
    const repeated = made.flatMap((uploads) =>
      uploads.slice(1).map((next, index) => ({ next, lostAt: findLoss(uploads[index] ?? next, next) })),
    );
    expect(repeated.filter(({ lostAt }) => lostAt === null)).toEqual([]);
    for (const kill of kills)
      expect(repeated.filter(({ lostAt }) => lostAt === kill).length).toBeLessThanOrEqual(CONCURRENCY);
    expect(made.flat()).toHaveLength(DISTINCT + repeated.length);
    expect(new Set(contents.values()).size).toBe(DISTINCT);
    if (!FULL) expect(repeated).toEqual([]);
    const lost = ledger.uploads.filter(({ whole }) => whole !== true).map(({ sha256 }) => sha256);
    expect(lost).toContain(hashOf(photos[HELD.upload] ?? Buffer.alloc(0)));
  });

  test('is unknown only where a POST had begun, and that is reported', () => {
    const unknown = lines.filter(({ outcome }) => outcome === 'unknown');
    const jobs = new Map(ledger.jobs.map((job) => [job.jobId, job]));
    // Its job is read only after Temporal has recorded the answer.
    const isUnrecorded = ({ at, jobId }: PostRecord) =>
      kills.some((killedAt) => at <= killedAt) && (jobs.get(jobId ?? '')?.statusReads ?? 0) === 0;
    const cut = unknown.map(({ key }) => postsOf(contents.get(key) ?? '').filter(isUnrecorded));
    expect(cut.filter((posts) => posts.length === 0)).toEqual([]);
    for (const name of ['unaccepted', 'accepted'] as const) {
      const line = lines.find(({ key }) => key === `photo-${toDigits(HELD[name])}`);
      expect(line).toMatchObject({ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', jobId: null });
    }
    if (!FULL) expect(unknown).toHaveLength(2);
  });

  test('pays nothing twice', () => {
    for (const sha256 of new Set(contents.values())) {
      const rows = lines.filter(({ key }) => contents.get(key) === sha256);
      const jobs = ledger.jobs.filter(({ inputs }) => inputs.some((address) => address.includes(sha256)));
      const named = new Set(rows.flatMap(({ submissions }) => submissions.flatMap(({ jobId }) => jobId ?? [])));
      const hidden = jobs.filter(({ jobId, charged }) => charged && !named.has(jobId));
      const unknown = rows.filter(({ outcome }) => outcome === 'unknown');
      expect(jobs.filter(({ charged }) => charged).length).toBeLessThanOrEqual(rows.length);
      expect(hidden.length).toBeLessThanOrEqual(unknown.length);
    }
  });

  test('keeps every paid result in the bucket', async () => {
    const succeeded = lines.filter(({ outcome }) => outcome === 'succeeded');
    const jobs = new Map(ledger.jobs.map((job) => [job.jobId, job]));
    expect(succeeded.map(({ sha256 }) => sha256)).toEqual(
      succeeded.map(({ jobId }) => jobs.get(jobId ?? '')?.resultSha256),
    );
    const keys = await server().keys(`studio/batches/${ID}/items/`);
    expect(keys).toHaveLength(succeeded.length);
    const [held] = lines.filter(({ key }) => key === `photo-${toDigits(HELD.download)}`);
    expect(held).toMatchObject({ outcome: 'succeeded', submissions: [{ code: null }] });
  });
});

/** The provider marks results with their provenance (C2PA). A result is stored as it came, to the last byte. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { FilesystemStore } from '../../../activities';
import { startEmulator } from '../../../emulator';
import { acceptedJob, awaitInput, runAwait } from '../../support/activity';
import { startFileServer } from '../../support/file-server';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';

const MANIFEST = Buffer.from('jumb c2pa manifest of the provider, signed');
const PNG_SIGNATURE_BYTES = 8;
const PNG_HEADER_BYTES = 25;

/** The chunk `caBX` behind the header. */
function markPng(png: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from('caBX'), MANIFEST]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(MANIFEST.length);
  sum.writeUInt32BE(crc32(content));
  const at = PNG_SIGNATURE_BYTES + PNG_HEADER_BYTES;
  return Buffer.concat([png.subarray(0, at), length, content, sum, png.subarray(at)]);
}

/** The segment APP11 behind the start of the image. */
function markJpeg(jpeg: Buffer): Buffer {
  const head = Buffer.from([0xff, 0xeb, 0, MANIFEST.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, MANIFEST, jpeg.subarray(2)]);
}

/** A chunk `C2PA` at the end of the container. */
function markWebp(webp: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(MANIFEST.length);
  const marked = Buffer.concat([webp, Buffer.from('C2PA'), length, MANIFEST]);
  marked.writeUInt32LE(marked.length - 8, 4);
  return marked;
}

const square = () => sharp({ create: { width: 16, height: 16, channels: 3, background: '#336699' } });

test.each([
  ['png', async () => markPng(await square().png().toBuffer())],
  ['jpg', async () => markJpeg(await square().jpeg().toBuffer())],
  ['webp', async () => markWebp(await square().webp().toBuffer())],
])('a marked %s is stored unchanged', async (extension, make) => {
  const marked = await make();
  expect(marked.includes(MANIFEST)).toBe(true);
  const files = await startFileServer({ '/result': marked });
  const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  try {
    const store = new FilesystemStore(path.join(tempFolder(), 'store'));
    const options = { api: realApi(emulator.url, { apiKey: emulator.apiKey }), store };
    const jobId = await acceptedJob(options);
    const body = { job_id: jobId, status: 'completed', result_url: `${files.url}/result` };
    emulator.script({ then: { on: 'status', status: 200, body } });
    const { result } = await runAwait(options, awaitInput(jobId)).result;
    expect(result).toMatchObject({ verified: true, file: expect.stringMatching(new RegExp(`\\.${extension}$`)) });
    expect(readFileSync(result.file).equals(marked)).toBe(true);
  } finally {
    files.close();
    await emulator.close();
  }
});

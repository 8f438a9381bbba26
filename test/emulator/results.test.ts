import sharp from 'sharp';
import { drawPicture } from '../../emulator/media/draw-picture';
import { MediaStore } from '../../emulator/media/media-store';
import type { Picture } from '../../emulator/media/picture';
import { wrapText } from '../../emulator/media/wrap-text';
import { awaitEnd, download, fetchStatus, INSTANT, manualClock, start, submit } from './harness';

const PICTURE: Picture = { text: 'a red fox', seed: 1, width: 64, height: 48, format: 'png', palette: null };
const HOUR = 3_600_000;

test.each(['webp', 'jpeg', 'png'])('a picture has the size and the format asked for: %s', async (output_format) => {
  const emulator = await start();
  const response = await download(emulator, 'a red fox', { width: 60, height: 40, output_format });
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('content-type')).toBe(`image/${output_format}`);
  expect(response.headers.get('content-length')).toBe(String(bytes.length));
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 60, height: 40, format: output_format });
});

test('without a wish it is webp, 1024 by 1024', async () => {
  const emulator = await start();
  const all = { width: undefined, height: undefined, output_format: undefined };
  const bytes = Buffer.from(await (await download(emulator, 'a red fox', all)).arrayBuffer());
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 1024, height: 1024, format: 'webp' });
});

test('every download of a job has the same bytes', async () => {
  const emulator = await start();
  const { result_url } = await awaitEnd(emulator, await submit(emulator, 'a red fox'));
  const downloads = [1, 2, 3].map(async () => Buffer.from(await (await fetch(String(result_url))).arrayBuffer()));
  const [first, ...others] = await Promise.all(downloads);
  for (const other of others) expect(other).toEqual(first);
});

const PROMPTS: readonly [string, string][] = [
  ['markup', '<text>& "quotes" \' ]]> <!-- </svg>'],
  ['an emoji', 'a 🦊 of a 👨‍👩‍👧‍👦 in 🇩🇪'],
  ['line ends', 'one\ntwo\r\nthree\u2028four'],
  ['control characters', 'a\u0000b\u0008c\u001bd\ufffe'],
  ['half of a surrogate pair', 'broken \ud83d here'],
  ['one long word', 'x'.repeat(5_000)],
  ['a very long text', 'the quick brown fox '.repeat(1_000)],
  ['another script', '海辺の赤い自転車'.repeat(20)],
  ['only white space', ' \n\t '],
];

test.each(PROMPTS)('a prompt with %s can be drawn', async (_what, text) => {
  const drawn = await drawPicture({ ...PICTURE, text, width: 200, height: 100 });
  expect(await sharp(drawn).metadata()).toMatchObject({ width: 200, height: 100 });
});

test.each([1, 2, 5, 16, 59])('a picture of %i pixels square can be drawn', async (side) => {
  const drawn = await drawPicture({ ...PICTURE, width: side, height: side });
  expect(await sharp(drawn).metadata()).toMatchObject({ width: side, height: side });
});

test.each([
  ['text', { text: 'a blue fox' }],
  ['seed', { seed: 2 }],
  ['palette', { palette: ['#f00', '0a0b0c'] }],
])('another %s makes another picture, the same makes the same', async (_what, change) => {
  expect(await drawPicture(PICTURE)).toEqual(await drawPicture({ ...PICTURE }));
  expect(await drawPicture(PICTURE)).not.toEqual(await drawPicture({ ...PICTURE, ...change }));
});

test('the prompt can be seen in the picture', async () => {
  const dark = async (text: string) => {
    const { channels } = await sharp(await drawPicture({ ...PICTURE, text, width: 256, height: 256 })).stats();
    return channels[0]?.min ?? 255;
  };
  expect(await dark('HELLO')).toBeLessThan(60);
  expect(await dark(' ')).toBeGreaterThan(60);
});

test.each([
  ['between words', 'one two three', 8, ['one two', 'three']],
  ['inside a long word', 'abcdefgh', 3, ['abc', 'def', 'gh']],
  ['at its own line ends', 'a\nb', 9, ['a', 'b']],
  ['never inside a grapheme', '👨‍👩‍👧👨‍👩‍👧', 2, ['👨‍👩‍👧', '👨‍👩‍👧']],
])('a text is broken %s', (_where, text, width, lines) => {
  expect(wrapText(text, width)).toEqual(lines);
});

test('memory for pictures is bounded', async () => {
  const store = new MediaStore(20_000);
  const drawnWith = (seed: number) => store.get(String(seed), () => drawPicture({ ...PICTURE, seed }));
  const [first, second] = [await drawnWith(1), await drawnWith(2)];
  expect(await drawnWith(2)).toBe(second);
  for (let seed = 3; seed < 40; seed += 1) await drawnWith(seed);
  const latest = await drawnWith(40);
  expect(await drawnWith(40)).toBe(latest);
  const again = await drawnWith(1);
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});

test('a link works until its time is over, and a fresh status read gives a fresh one', async () => {
  const clock = manualClock();
  const emulator = await start({ ...INSTANT, clock, resultTtlMs: HOUR });
  const jobId = await submit(emulator, 'a fox');
  clock.advance(1);
  const old = String((await fetchStatus(emulator, jobId)).result_url);
  clock.advance(HOUR - 1);
  expect((await fetch(old)).status).toBe(200);
  clock.advance(1);
  expect((await fetch(old)).status).toBe(403);
  expect((await fetch(String((await fetchStatus(emulator, jobId)).result_url))).status).toBe(200);
});

const FORGERIES: readonly [string, (url: string) => string][] = [
  ['a longer life', (url) => url.replace(/expires=\d+/, 'expires=99999999999999')],
  ['another signature', (url) => url.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
  ['no signature', (url) => url.replace(/&signature.*/, '')],
  ['another job', (url) => url.replace(/job_\w+/, 'job_0')],
];

test.each(FORGERIES)('a link with %s is refused', async (_what, forge) => {
  const emulator = await start();
  const { result_url } = await awaitEnd(emulator, await submit(emulator, 'a fox'));
  expect((await fetch(forge(String(result_url)))).status).toBe(403);
});

import { verifyToken } from '../../../activities/callback';
import { classifyStatus } from '../../../activities/imagepipeline/classify-status';
import { classifySubmit } from '../../../activities/imagepipeline/classify-submit';
import { listTexts, redact } from '../../../activities/imagepipeline/redact';
import { parseRetryAfter } from '../../../activities/imagepipeline/retry-after';
import { formatProblem, s3Problem } from '../../../activities/store/s3/s3-problem';
import { readCallback } from '../../../gateway/callbacks/read-callback';
import { startCpuTime } from '../../support/cpu-time';

const PROMPT = 'a "red" bicycle,\nby night';

test.each([
  { what: 'a prompt', sentence: `rejected: ${PROMPT}!`, clean: 'rejected: [redacted]!' },
  { what: 'a prompt that comes twice', sentence: `${PROMPT} and ${PROMPT}`, clean: '[redacted] and [redacted]' },
  { what: 'a prompt inside JSON', sentence: JSON.stringify({ input: PROMPT }), clean: '{"input":"[redacted]"}' },
  {
    what: 'the signature of an address',
    sentence: 'see https://cdn.example/r/1?sig=abc&x=1 now',
    clean: 'see https://cdn.example/r/1?[redacted] now',
  },
  { what: 'a signature in quotes', sentence: '"http://h:1/r?s=1" failed', clean: '"http://h:1/r?[redacted]" failed' },
  {
    what: 'nothing where nothing is secret',
    sentence: 'see https://docs.example/errors for more',
    clean: 'see https://docs.example/errors for more',
  },
])('$what is taken out', ({ sentence, clean }) => {
  expect(redact(sentence, [PROMPT])).toBe(clean);
});

test('a text that is too short to be a secret leaves ordinary words alone', () => {
  expect(redact('a cat and a car', ['a', 'cat'])).toBe('a cat and a car');
});

test('a sentence is cut to 400 characters, after the secrets were taken out', () => {
  const clean = redact(`${'x'.repeat(390)}${PROMPT}${'y'.repeat(90)}`, [PROMPT]);
  expect(clean).toHaveLength(400);
  expect(clean).toMatch(/^x{390}\[redacte…$|^x{390}\[redacted…$/);
});

test('the texts of a request are those of its fields that are texts', () => {
  expect(listTexts({ prompt: 'p', width: 3, logo_url: 'u', palette: ['#fff000'], flag: true })).toEqual(['p', 'u']);
  expect(listTexts({ input_image: ['a', 'b'], metadata: { order: { note: 'n' } } })).toEqual(['a', 'b', 'n']);
});

describe('the cut leaves no half of a secret', () => {
  const secret = 'the quick brown fox jumps over the lazy dog '.repeat(40);

  test.each([
    ['after many others', `${secret.repeat(20)}${secret.slice(0, 300)}`],
    ['that stands across any place at which a text might be cut first', `${'x'.repeat(350)}${secret}`],
    ['in the query of an address', `https://h/r?${secret}${secret} ${secret}`],
  ])('%s', (_where, sentence) => {
    const clean = redact(sentence, [secret]);
    expect(clean.length).toBeLessThanOrEqual(400);
    // What remains of a secret that the provider itself has cut is not ours to know.
    const own = sentence.endsWith(secret.slice(0, 300)) ? clean.slice(0, 200) : clean;
    expect(own).not.toContain('quick brown');
  });

  test('of two secrets at the same place the longer one is taken out', () => {
    expect(redact('a lighthouse at night', ['a lighthouse', 'a lighthouse at night'])).toBe('[redacted]');
  });
});

describe('a text of 1 MB that is made to be slow to read is read in no time', () => {
  const MEGABYTE = 1_048_576;
  const filled = (piece: string) => piece.repeat(Math.ceil(MEGABYTE / piece.length));
  const WORST = [
    'http://',
    'https://x?',
    'https://x ',
    'X-Amz-',
    'Signature=',
    'AKIAAAAAAAAAAAAAA',
    '{"a":',
    '[',
    '0',
    '9.',
    '.',
    'Mon, ',
    ' ',
    '"',
    '?',
    'a',
    'ab',
    '\\u0041',
    '-',
    ',',
  ];
  const prompt = 'ab'.repeat(2_000);
  /** A quadratic reading of 1 MB takes minutes. */
  const MAX_MS = 5_000;

  test.each(WORST)('%j', (piece) => {
    const text = filled(piece);
    const spentMs = startCpuTime();
    expect(redact(text, [prompt]).length).toBeLessThanOrEqual(400);
    expect(formatProblem(s3Problem({ name: 'X', message: text })).length).toBeLessThan(400);
    expect(() => parseRetryAfter(text, 0)).not.toThrow();
    expect(verifyToken(text, ['s'.repeat(32)])).toBeNull();
    expect(() => readCallback(Buffer.from(text))).not.toThrow();
    for (const body of [
      { message: text },
      { detail: text },
      { detail: [{ loc: [text], msg: text }] },
      { error: text },
    ]) {
      classifySubmit({ kind: 'answer', status: 422, body, retryAfterMs: undefined });
      classifyStatus({ kind: 'answer', status: 200, body: { ...body, status: text }, retryAfterMs: undefined }, []);
    }
    expect(spentMs()).toBeLessThan(MAX_MS);
  });
});

test('names of the provider are bounded, and an id that is too long is none', () => {
  const long = 'X'.repeat(300);
  const answered = (body: unknown) =>
    classifyStatus({ kind: 'answer', status: 200, body, retryAfterMs: undefined }, []);
  expect(answered({ status: long })).toMatchObject({ kind: 'unfinished', state: 'X'.repeat(200) });
  expect(answered({ status: 'failed', failure_reason_code: long })).toMatchObject({ code: 'X'.repeat(200) });
  const submitted = classifySubmit({ kind: 'answer', status: 200, body: { job_id: long }, retryAfterMs: undefined });
  expect(submitted).toMatchObject({ kind: 'unknown' });
});

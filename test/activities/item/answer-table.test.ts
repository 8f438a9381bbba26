/** The table of docs/money.md, row by row over real sockets: what an answer to a POST proves. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Handler, provider } from '../../support/provider';
import { realApi } from '../../support/real-api';

const REQUEST = { prompt: 'a lighthouse that nobody else may know of' };

interface Sample {
  readonly name: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (name: string, value: unknown): Sample => ({ name, text: JSON.stringify(value) });

/** What each word of the column "Body" stands for. */
const BODIES = {
  'names a job': [json('a job', { job_id: 'job_1' }), json('a job with a number as its id', { job_id: 7 })],
  '`error_code` about credits': [json('a credit code', { error_code: 'CREDIT_CHARGE_FAILED', message: 'x' })],
  'a code that is not known': [
    json('error_code', { error: 'x', error_code: 'SOMETHING_NEW', message: 'words' }),
    json('error_code and detail', { error_code: 'UPSTREAM_FAILED', detail: 'words' }),
  ],
  "the provider's own words": [
    json('detail as text', { detail: 'words' }),
    json('detail as list', { detail: [{ loc: ['body', 'width'], msg: 'too large' }] }),
  ],
  'anything else': [
    { name: 'HTML', text: '<html>Bad gateway</html>' },
    { name: 'HTML that asks to wait', text: '<html>busy</html>', headers: { 'retry-after': '7' } },
    { name: 'text of a proxy', text: 'upstream connect error or disconnect/reset before headers' },
    { name: 'text that asks to wait', text: 'no healthy upstream', headers: { 'retry-after': '0' } },
    { name: 'nothing', text: '' },
    { name: 'half of its words', text: '{"error_code":"RATE_LIMIT_EXCEEDED"' },
    json('an empty object', {}),
    json('a list', [{ error_code: 'RATE_LIMIT_EXCEEDED' }]),
    json('a text', 'error_code'),
    json('null', null),
    json('JSON of another front', { message: 'Service Unavailable', request_id: '1' }),
    json('an error of another kind', { error: { code: 503, status: 'UNAVAILABLE' } }),
    json('a code that is a number', { error_code: 1015 }),
    json('empty words', { error_code: '', detail: null }),
    json('a problem document', {
      type: 'https://developers.example.com/errors/502',
      title: 'Error 502: Bad gateway',
      status: 502,
      detail: 'The origin did not answer.',
      error_code: 502,
    }),
  ],
} satisfies Readonly<Record<string, readonly Sample[]>>;

type BodyKind = keyof typeof BODIES;
const KINDS = Object.keys(BODIES) as readonly BodyKind[];
const isBodyKind = (word: string): word is BodyKind => KINDS.some((kind) => kind === word);

/** Kinds of the provider's own words that some statuses have a row for. */
const SPECIAL: ReadonlySet<BodyKind> = new Set(['`error_code` about credits', 'a code that is not known']);

interface Row {
  readonly from: number;
  readonly to: number;
  readonly body: BodyKind | 'any';
  readonly verdict: string;
  /** `null`: none; `named`: that of the body. */
  readonly code: string | null;
}

const ROWS: readonly Row[] = tableRows();

function tableRows(): readonly Row[] {
  const page = readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'money.md'), 'utf8');
  const [, section = ''] = page.split('## What an answer proves');
  const lines = section.split('\n').filter((line) => /^\| \d/.test(line));
  return lines.flatMap((line) => {
    const [statuses = '', body = '', verdict = '', code = ''] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    if (body !== 'any' && !isBodyKind(body)) throw new Error(`no samples are known of the body "${body}"`);
    return statuses.split(', ').map((range) => {
      const [from, to = from] = range.split('–').map(Number);
      return { from: from ?? 0, to: to ?? 0, body, verdict, code: code === '' ? null : code.replaceAll('`', '') };
    });
  });
}

/** By the table: the first row that fits. */
function expected(status: number, kind: BodyKind): Pick<Row, 'verdict' | 'code'> {
  const row = ROWS.find(({ from, to, body }) => status >= from && status <= to && (body === 'any' || body === kind));
  // Without a row of its own, what is special in one place is nothing special in another.
  return row ?? expected(status, SPECIAL.has(kind) ? "the provider's own words" : 'anything else');
}

/** Both ends of every range and what lies beside them, and what fronts are known to answer. */
const STATUSES = [
  ...new Set([
    ...ROWS.flatMap(({ from, to }) => [from - 1, from, from + 1, to - 1, to, to + 1]),
    ...[201, 202, 301, 302, 303, 307, 308, 407, 409, 410, 411, 418, 421, 423, 425, 426, 428, 431, 451, 499],
    ...[500, 501, 502, 503, 504, 505, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599],
  ]),
].filter((status) => status >= 200 && status <= 599 && ![204, 205, 304].includes(status));

let answerWith: Handler = (response) => response.end();

test.each(STATUSES)('HTTP %i is taken for what the table says, after one POST', async (status) => {
  const server = await provider((response, request) => answerWith(response, request));
  const api = realApi(server.url);
  for (const kind of KINDS) {
    for (const { name, text, headers } of BODIES[kind] as readonly Sample[]) {
      answerWith = (response) => response.writeHead(status, { ...headers }).end(text);
      const before = server.requests.length;
      const verdict = await api.submit('generate/image', REQUEST);
      const { verdict: kindOfVerdict, code } = expected(status, kind);
      const named = kind === '`error_code` about credits' ? 'CREDIT_CHARGE_FAILED' : code;
      const seen = { name, kind: verdict.kind, code: verdict.kind === 'refused' ? verdict.code : null };
      expect(seen).toEqual({ name, kind: kindOfVerdict, code: kindOfVerdict === 'refused' ? named : null });
      expect(server.requests.length - before).toBe(1);
    }
  }
});

test('the table has a row for every status from 200 to 599 and every body', () => {
  for (let status = 200; status < 600; status += 1) {
    for (const kind of KINDS) expect(expected(status, kind).verdict).toMatch(/^(accepted|refused|unknown)$/);
  }
});

test('a published code in the words takes the place of the code of the status', async () => {
  const server = await provider((response, request) => answerWith(response, request));
  const body = JSON.stringify({ error_code: 'MODEL_UNAVAILABLE', message: 'come back later' });
  answerWith = (response) => response.writeHead(503, { 'retry-after': '7' }).end(body);
  expect(await realApi(server.url).submit('generate/image', REQUEST)).toMatchObject({
    kind: 'refused',
    code: 'MODEL_UNAVAILABLE',
    retryAfterMs: 7_000,
  });
});

test('an answer that proves nothing but names a job is unknown with the id of the job', async () => {
  const server = await provider((response, request) => answerWith(response, request));
  answerWith = (response) => response.writeHead(409).end(JSON.stringify({ job_id: 'job_9', detail: 'exists' }));
  const verdict = await realApi(server.url).submit('generate/image', REQUEST);
  expect(verdict).toEqual({ kind: 'unknown', message: 'the answer was HTTP 409 and names the job job_9: exists' });
});

/** Answers of a proxy, a firewall or a login page in place of the provider: what is told of them, and what to look at. */
import { describeRemedy } from '../../../workflows/domain/item/describe-remedy';
import { type Handler, provider } from '../../support/provider';
import { realApi } from '../../support/real-api';

const OPERATION = 'generate/image';
const PAGE = '<!DOCTYPE html><title>Sign in</title>';

let answerWith: Handler = (response) => response.end();

function answering(status: number, text: string, headers: Record<string, string> = {}): void {
  answerWith = (response) => response.writeHead(status, headers).end(text);
}

async function observe() {
  const server = await provider((response, request) => answerWith(response, request));
  const api = realApi(server.url);
  const submitted = await api.submit(OPERATION, { prompt: 'a pier' });
  const read = await api.readStatus(OPERATION, 'job_1', new AbortController().signal);
  return { submitted, read };
}

const STATUSES = [200, 302, 400, 401, 402, 403, 404, 405, 407, 408, 413, 415, 422, 429, 500, 502, 503, 504];

test.each(STATUSES)(
  'a page with HTTP %i is told as one, and its remedy names the proxy and the address',
  async (status) => {
    answering(status, PAGE, { 'content-type': 'text/html' });
    const { submitted, read } = await observe();
    if (submitted.kind === 'accepted' || read.kind !== 'trouble') throw new Error('a page is no answer of the API');
    expect(submitted.message).toMatch(/\(an HTML page, not an answer of the API\)$/);
    expect(read.problem).toMatch(/\(an HTML page, not an answer of the API\)$/);
    const code = submitted.kind === 'refused' ? submitted.code : 'SUBMIT_OUTCOME_UNKNOWN';
    for (const one of [code, read.code]) {
      expect(describeRemedy(one)).toMatch(/prox(y|ies)/);
      expect(describeRemedy(one)).toContain('IMAGEPIPELINE_BASE_URL');
    }
  },
);

test.each([
  ['elsewhere', 'https://login.example.com/in?back=secret', 'a redirect to https://login.example.com'],
  ['without a host', '/login?back=secret', /^the answer was HTTP 302 \(a redirect to http:\/\/127\.0\.0\.1:\d+, not/],
  ['that cannot be read', 'http://[', 'a redirect, not an answer of the API'],
])('a redirect %s is reported without its path', async (_name, location, words) => {
  answering(302, PAGE, { location });
  const { submitted } = await observe();
  expect(submitted).toEqual({ kind: 'unknown', message: expect.stringMatching(words) });
  expect(JSON.stringify(submitted)).not.toContain('secret');
});

test.each([
  ['an empty body', ''],
  ['a text', 'upstream connect error'],
])('%s is reported too', async (words, text) => {
  answering(403, text);
  expect((await observe()).submitted).toMatchObject({ message: `HTTP 403 (${words}, not an answer of the API)` });
});

test("the provider's own words stand alone", async () => {
  answering(403, JSON.stringify({ error_code: 'FORBIDDEN', message: 'a larger plan is needed' }));
  const { submitted, read } = await observe();
  expect(submitted).toMatchObject({ message: 'HTTP 403: a larger plan is needed' });
  expect(read).toMatchObject({ problem: 'HTTP 403' });
});

/** What is no request, or has a body that cannot be read: every answer has problem details, and says where and what is expected. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Api } from '../../gateway';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { AUTHORIZED, startTestApi, TOKEN } from './api-harness';
import { raw } from './harness';

const SECRET = 'a secret lighthouse';
const JSON_TYPE = 'application/json';

let rig: Rig;
let api: Api;

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig, {});
});
afterAll(() => rig.close());

const port = (of: Api = api) => Number(new URL(of.url).port);

async function send(path: string, type: string, body: string | Uint8Array) {
  const headers = { ...AUTHORIZED, 'content-type': type };
  const answer = await fetch(api.url + path, { method: 'POST', headers, body });
  const text = await answer.text();
  return { status: answer.status, text, told: JSON.parse(text) };
}

describe('the rows of a batch', () => {
  const upload = (type: string, body: string, query = '') => send(`/v1/batches?id=unreadable${query}`, type, body);

  test.each([
    [
      'a document that is no JSON',
      'application/jsonl',
      `[\n{"prompt": "${SECRET}" "width": 1}\n]`,
      2,
      'character 34: expected "," or "}"',
    ],
    [
      'a row of several lines',
      'application/jsonl',
      `[{\n "prompt": "${SECRET}"\n "width": 1}]`,
      1,
      'line 3, character 2: expected "," or "}"',
    ],
    ['a list that never ends', 'application/jsonl', `[\n{"prompt": "${SECRET}"},\n`, 1, 'never ends'],
    ['a row that never ends', 'application/x-ndjson', `{"prompt":\n"${SECRET}"\n`, 1, 'never ends'],
    ['a stray bracket', 'application/x-ndjson', `[{"prompt": "${SECRET}"}]]`, 1, 'check the brackets'],
    ['a quote that never closes', 'text/csv', `prompt\n"${SECRET}\n`, 2, 'never closes'],
    ['a header without a prompt', 'text/csv', `key,width\n${SECRET},32\n`, 1, 'has no column "prompt"'],
    ['bytes that are no text', 'text/csv', `prompt\n\0`, 2, 'has a zero byte'],
  ])('%s: told by its line, with what is expected', async (_what, type, body, line, words) => {
    for (const query of ['', '&skipInvalid=true']) {
      const { status, text, told } = await upload(type, body, query);
      expect({ status, code: told.code }).toEqual({ status: 422, code: 'INVALID_ROWS' });
      expect(told.errors).toMatchObject([{ line }]);
      expect(told.errors[0].problem).toContain(words);
      expect(told.detail).toContain(`from line ${line} on`);
      expect(told.detail).toContain(words);
      expect(text).not.toMatch(/skipInvalid|0 of 0/);
      expect(text).not.toContain(SECRET);
    }
  });

  test.each([
    ['nothing', '', 'the body is empty; must have at least one row'],
    ['a header only', 'prompt\n', 'the body has at most a header, and no rows; must have at least one'],
    ['a workbook', 'PK\u0003\u0004xxxx', 'the body is an Excel workbook or a ZIP file; save the sheet as "CSV UTF-8"'],
  ])('%s: told as that', async (_what, body, detail) => {
    const { status, text, told } = await upload('text/csv', body);
    expect({ status, code: told.code, detail: told.detail }).toEqual({ status: 422, code: 'INVALID_ROWS', detail });
    expect(text).not.toContain('skipInvalid');
  });

  test.each([
    ['the only line is broken', `{"prompt": ${SECRET}}\n`, 'at character 12: expected a value'],
    ['the only line is another kind of JSON', `"${SECRET}"\n`, 'must be an object'],
  ])('%s: nothing would be left', async (_what, body, words) => {
    const { text, told } = await upload('application/x-ndjson', body, '&skipInvalid=true');
    expect(told).toMatchObject({ code: 'INVALID_ROWS', detail: '1 of 1 rows are invalid', errors: [{ line: 1 }] });
    expect(told.errors[0].problem).toContain(words);
    expect(text).not.toContain('skipInvalid');
  });

  test('where others are right the wrong ones can be left out, and that is said', async () => {
    const { told } = await upload('application/x-ndjson', `{"prompt": "${SECRET}"}\n{"prompt" 1}\n`);
    expect(told).toMatchObject({ detail: '1 of 2 rows are invalid', errors: [{ line: 2 }] });
    expect(told.remedy).toContain('skipInvalid=true');
  });

  test('the place where it cannot be read on is reported behind many wrong rows', async () => {
    const wrong = Array.from({ length: 60 }, () => 'x,99999\n').join('');
    const { text, told } = await upload('text/csv', `prompt,width\n${wrong}"never closed,1\n`);
    expect(told.detail).toMatch(/^the body cannot be read from line 62 on, after 60 rows: row has a quote/);
    expect(told.errors).toHaveLength(51);
    expect(told.errors[50]).toMatchObject({ line: 62 });
    expect(text).not.toContain('skipInvalid');
  });
});

describe('JSON', () => {
  test.each([
    ['a missing comma', `{"id": "x"\n "request": {}}`, 'line 2, character 2: expected "," or "}"'],
    ['a comma too many', '{"id": "x",}', 'character 12: expected a name in double quotes'],
    ['single quotes', "{'id': 1}", 'character 2: expected a name in double quotes or "}"'],
    ['an end that is missing', '{"id": "x"', 'character 11, where it ends: expected "," or "}"'],
    ['a quote that never closes', `{"id": "${SECRET}`, 'character 28, where it ends: expected a closing quote'],
    ['a line end in a text', `{"id": "x\ny"}`, 'character 10: expected a closing quote, or an escape'],
    ['more behind it', '{} {}', 'character 4: expected the end'],
    ['a word', SECRET, 'character 1: expected a value'],
  ])('%s is reported by its place, with what is expected', async (_what, body, words) => {
    for (const path of ['/v1/images', '/v1/batches/x/redrive', '/v1/account/hold']) {
      const { status, text, told } = await send(path, JSON_TYPE, body);
      expect({ status, code: told.code }).toEqual({ status: 400, code: 'MALFORMED_BODY' });
      expect(told.detail).toContain(`the body is not valid JSON at ${words}`);
      expect(text).not.toContain(SECRET);
    }
  });

  test('that is not UTF-8 is refused: replaced characters would be paid for', async () => {
    const body = Buffer.from(JSON.stringify({ request: { prompt: 'a café' } }), 'latin1');
    const { status, told } = await send('/v1/images', JSON_TYPE, body);
    expect({ status, detail: told.detail }).toEqual({
      status: 400,
      detail: 'the body is not valid UTF-8; must be JSON in UTF-8',
    });
  });

  test.each([
    [
      '/v1/images',
      '{"__proto__": {"a": 1}, "request": {"prompt": "x"}}',
      '__proto__',
      'is not known; must be one of id,',
    ],
    [
      '/v1/images',
      '{"request": {"prompt": "x", "__proto__": {"a": 1}}}',
      '__proto__',
      'is not a field of this operation',
    ],
    [
      '/v1/images',
      '{"constructor": {"prototype": {}}, "request": {"prompt": "x"}}',
      'constructor',
      'is not known; must be one of id,',
    ],
    ['/v1/batches/x/redrive', '{"__proto__": 1}', '__proto__', 'is not known; must be one of outcomes,'],
    [
      '/v1/batches/x/redrive',
      '{"prices": {"__proto__": 1}}',
      'prices.__proto__',
      'is not known; must be one of generate/image, generate/video',
    ],
    [
      '/v1/batches/x/redrive',
      '{"prices": {"nothing": 1}}',
      'prices.nothing',
      'is not known; must be one of generate/image, generate/video',
    ],
    ['/v1/images/x/cancel', '{"__proto__": 1}', '__proto__', 'is not known; must be one of now'],
    ['/v1/account/hold', '{"reason": "x", "__proto__": 1}', '__proto__', 'is not known; must be one of reason'],
  ])('%s from %s: the field is reported as any that is not known', async (path, body, field, problem) => {
    const { status, text, told } = await send(path, JSON_TYPE, body);
    expect({ status, code: told.code }).toEqual({ status: 422, code: 'INVALID_REQUEST' });
    expect(told.errors).toEqual([{ field, problem: expect.stringContaining(problem) }]);
    expect(text).not.toMatch(/must be one of( ?$|"|;|,)/);
  });
});

describe('what is no request', () => {
  const HEAD = `GET /v1/account HTTP/1.1\r\nauthorization: Bearer ${TOKEN}\r\n`;

  test.each([
    ['no HTTP', '\x16\x03\x01hello\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['an unknown method', 'NOTHING / HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['a header without a name', 'GET / HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    [
      'two lengths',
      `POST /v1/images HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
      400,
      'MALFORMED_REQUEST',
    ],
    ['no host', `${HEAD}connection: close\r\n\r\n`, 400, 'MALFORMED_REQUEST'],
    ['a wish to be connected', 'CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['long headers', `${HEAD}host: x\r\ncookie: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['a long address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ])('%s has problem details', async (_what, bytes, status, code) => {
    const [head = '', body = ''] = (await raw(port(), bytes).answer).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(head.toLowerCase()).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toMatchObject({ status, code, remedy: expect.any(String) });
  });

  test('a form whose connection is half closed before its end is incomplete', async () => {
    const head = `POST /v1/items HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n`;
    const form = 'content-type: multipart/form-data; boundary=b\r\ncontent-length: 900\r\n\r\n--b\r\n';
    const { socket, answer } = raw(port(), head + form);
    socket.end();
    const told = JSON.parse((await answer).split('\r\n\r\n')[1] ?? '');
    expect(told).toMatchObject({
      status: 400,
      code: 'MALFORMED_BODY',
      detail: expect.stringContaining('ended before'),
    });
    expect(told.remedy).not.toContain('TLS');
  });

  test('headers that do not come have problem details', async () => {
    const answer = await raw(port(), HEAD).answer;
    expect(answer).toMatch(/^HTTP\/1.1 408 .*content-type: application\/problem\+json.*"code":"HEADERS_TOO_SLOW"/s);
  });

  test('an expectation that is not known is passed over', async () => {
    const answer = await raw(port(), `${HEAD}host: x\r\nexpect: a-miracle\r\nconnection: close\r\n\r\n`).answer;
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  test('nothing is sent into the middle of an answer that is in progress', async () => {
    rig.emulator.script({ match: { promptIncludes: 'endless' }, then: { never: true } });
    await send('/v1/batches?id=watched', 'text/csv', 'prompt\nendless\n');
    const head = `GET /v1/batches/watched/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`;
    const { socket, answer } = raw(port(), head);
    await once(socket, 'data');
    socket.write('this is no request\r\n\r\n');
    expect((await answer).match(/HTTP\/1\.1/g)).toHaveLength(1);
    await rig.client.temporal.workflow.getHandle('watched').terminate();
  });

  test('a request that comes while the API stops has problem details', async () => {
    const stopped = await startTestApi(rig, {});
    const socket = connect({ host: '127.0.0.1', port: port(stopped) });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    const begin = `POST /v1/images HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: ${JSON_TYPE}\r\n`;
    socket.write(`${begin}content-length: 2\r\n\r\n{`);
    await until('it is under way', () => stopped.pending() === 1);
    const closed = stopped.close();
    socket.write(`}${HEAD}host: x\r\n\r\n`);
    await Promise.all([closed, once(socket, 'close')]);
    expect(text).toMatch(/^HTTP\/1.1 422 /);
    expect(text).toMatch(/HTTP\/1.1 503 .*content-type: application\/problem\+json.*"code":"STOPPING"/s);
    expect(text).toMatch(/retry-after: 5\r\n/);
  });
});

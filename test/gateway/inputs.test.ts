/** Over HTTP, inputs are addresses, results and files of a form: nobody reads files of the gateway's machine. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawColour, drawPhoto } from '../support/file-server';
import { type Rig, startRig } from '../support/rig';
import { listStoredInputs } from '../support/stored-inputs';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { AUTHORIZED, startTestApi, TOKEN } from './api-harness';
import { raw } from './harness';

const MEBIBYTE = 1024 * 1024;

let rig: Rig;
let url = '';
let photo = '';
let picture: Buffer;

beforeAll(async () => {
  rig = await startRig();
  ({ url } = await startTestApi(rig, { maxBatchBytes: 64 * MEBIBYTE }));
  photo = path.join(tempFolder(), 'photo.png');
  picture = await drawPhoto();
  writeFileSync(photo, picture);
  await (await rig.client.startImage({ id: 'fox', request: { prompt: 'a fox', width: 32, height: 32 } })).result();
});
afterAll(() => rig.close());

interface Answer {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly problem: string }[];
}

/** @param type `null`: that of the form */
async function post(route: string, type: string | null, body: string | FormData) {
  const response = await fetch(`${url}${route}`, {
    method: 'POST',
    headers: type === null ? AUTHORIZED : { ...AUTHORIZED, 'content-type': type },
    body,
  });
  const answer: Answer = JSON.parse(await response.text());
  return { status: response.status, body: answer };
}

function startItem(id: string, input: string) {
  const item = { id, operation: 'upscale/image', request: { input_image: input, scale: 2 } };
  return post('/v1/items', 'application/json', JSON.stringify(item));
}

const REFUSED = () => [
  photo,
  `file://${photo}`,
  's3://bucket/photo.png',
  `store:inputs/${'ab'.repeat(32)}.png`,
  'photo.png',
];

test('paths, files, objects and contents of the store are refused, in items and in rows', async () => {
  for (const input of REFUSED()) {
    const { status, body } = await startItem('refused', input);
    expect([input, status, body.code]).toEqual([input, 422, 'INVALID_REQUEST']);
    expect(JSON.stringify(body)).toContain('item:ID or batch:ID/KEY');
    const csv = `key,operation,input_image\na,upscale/image,${input}\n`;
    const rows = await post('/v1/batches?id=refused', 'text/csv', csv);
    expect([input, rows.status, rows.body.code]).toEqual([input, 422, 'INVALID_ROWS']);
  }
  expect(rig.emulator.ledger().uploads).toEqual([]);
});

test('the result of an item is an input', async () => {
  expect(await startItem('larger', 'item:fox')).toMatchObject({ status: 202 });
  const { result } = await rig.client.item('larger').result();
  expect(result).toMatchObject({ width: 64 });
  const csv = 'key,operation,input_image\na,upscale/image,item:fox\nb,upscale/image,item:nobody\n';
  const refused = await post('/v1/batches?id=chained', 'text/csv', csv);
  expect(JSON.stringify(refused.body)).toContain('which has no result in the store');
  expect(JSON.stringify(refused.body)).not.toContain(rig.store);
  const { status } = await post('/v1/batches?id=chained&skipInvalid=true', 'text/csv', csv);
  expect(status).toBe(202);
  expect((await rig.client.batch('chained').result()).counts).toMatchObject({ succeeded: 1 });
  expect(await startItem('largest', 'batch:chained/a')).toMatchObject({ status: 202 });
  expect(rig.emulator.ledger().uploads.map(({ status: answered }) => answered)).not.toContain(415);
});

/** A form as a browser sends it. */
function makeForm(
  main: Readonly<Record<string, string | Blob>>,
  files: Readonly<Record<string, Uint8Array>>,
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(main)) form.append(name, value);
  for (const [name, bytes] of Object.entries(files))
    form.append(name, new Blob([new Uint8Array(bytes)]), `${name}.png`);
  return form;
}

const upscale = (id: string, input: string, more: object = {}) =>
  JSON.stringify({ id, operation: 'upscale/image', request: { input_image: input, scale: 2, ...more } });

const formFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('imagepipeline-form-'));
const storedInputs = () => listStoredInputs(rig);

describe('a form', () => {
  test('brings the file of an item; sent again, it finds the item', async () => {
    const item = upscale('from-form', 'part:__proto__');
    const sendForm = () => post('/v1/items', null, makeForm({ item }, { ['__proto__']: picture }));
    expect(await sendForm()).toMatchObject({ status: 202, body: { id: 'from-form', alreadyStarted: false } });
    const { result } = await rig.client.item('from-form').result();
    expect(result).toMatchObject({ width: 128 });
    expect(await sendForm()).toMatchObject({ status: 202, body: { alreadyStarted: true } });
    const other = makeForm({ item: upscale('from-form', 'part:photo') }, { photo: await drawColour('#ff0000') });
    const before = storedInputs();
    expect(await post('/v1/items', null, other)).toMatchObject({ status: 409, body: { code: 'ID_TAKEN' } });
    expect(storedInputs()).toEqual(before);
  });

  test('brings the rows of a batch and their files, in any order; each content is kept once', async () => {
    const rows =
      'key,operation,input_image\na,upscale/image,part:red\nb,upscale/image,part:blue\nc,upscale/image,part:copy\n';
    const [red, blue] = await Promise.all([drawColour('#ff0000'), drawColour('#0000ff')]);
    const form = makeForm({}, { red, blue, copy: red });
    form.append('rows', new Blob([rows]), 'rows.csv');
    const before = storedInputs().length;
    expect(await post('/v1/batches?id=from-form-rows', null, form)).toMatchObject({ status: 202, body: { items: 3 } });
    expect((await rig.client.batch('from-form-rows').result()).counts).toMatchObject({ succeeded: 3 });
    expect(storedInputs()).toHaveLength(before + 2);
    const more = makeForm({}, { red, blue, white: await drawColour('#ffffff') });
    more.append('rows', new Blob([`${rows}d,upscale/image,part:white\n`.replace('part:copy', 'part:red')]), 'rows.csv');
    const add = (query = '') => post(`/v1/batches/from-form-rows/add${query}`, null, more);
    expect(await add()).toMatchObject({ status: 202, body: { id: 'from-form-rows', added: 1, skipped: 0 } });
    expect((await rig.client.batch('from-form-rows').result()).counts).toMatchObject({ succeeded: 4 });
    expect(await add()).toMatchObject({ status: 202, body: { added: 0 } });
    expect(await add('?maxFailures=1')).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
    expect(storedInputs()).toHaveLength(before + 3);
  });

  test('with problems: all of them at once, and nothing is kept', async () => {
    const before = storedInputs();
    const item = JSON.stringify({
      ...{ id: 'wrong', operation: 'edit/image', deadlineMs: 0 },
      request: { prompt: 7, input_image: ['part:cut', 'part:gone', 'part:large'] },
    });
    const files = { cut: picture.subarray(0, 100), large: new Uint8Array(20 * MEBIBYTE + 1), unused: picture };
    const { status, body } = await post('/v1/items', null, makeForm({ item }, files));
    expect([status, body.code]).toEqual([422, 'INVALID_REQUEST']);
    expect(body.errors?.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
      expect.stringContaining('deadlineMs is 0'),
      expect.stringContaining('prompt is 7'),
      'input_image is "part:cut", which is a PNG picture that ends too early: the file is cut off',
      'input_image is "part:gone", but the body has no such part; must be multipart/form-data with it',
      'input_image is "part:large", which has 20.1 MB; must have at most 20 MB',
      'unused is a file that no field names; must be named as "part:unused"',
    ]);
    const rows = makeForm(
      { rows: new Blob(['key,operation,input_image\na,upscale/image,part:cut\n'], { type: 'text/csv' }) },
      files,
    );
    const refused = await post('/v1/batches?id=wrong-rows', null, rows);
    expect(refused).toMatchObject({ status: 422, body: { code: 'INVALID_ROWS', errors: [{ field: 'input_image' }] } });
    expect(storedInputs()).toEqual(before);
  });

  const part = (name: string, content: string) =>
    `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;
  const ITEM = part('item', upscale('malformed', 'part:photo'));

  test.each([
    [
      'one without its end',
      'boundary=x',
      `${ITEM}${part('photo', 'abc')}`,
      400,
      'the body ends before the last boundary',
    ],
    [
      'one that ends in a header',
      'boundary=x',
      `${ITEM}--x\r\ncontent-dis`,
      400,
      'the body ends before the last boundary',
    ],
    ['one with another boundary', 'boundary=y', `${ITEM}--x--\r\n`, 400, 'the body ends before the last boundary'],
    ['nothing', 'boundary=x', '', 400, 'the body ends before the last boundary'],
    ['one without a boundary', '', `${ITEM}--x--\r\n`, 400, 'the Content-Type has no boundary'],
    [
      'more than a thousand parts',
      'boundary=x',
      `${part('a', '').repeat(1_001)}--x--\r\n`,
      400,
      'more than 1000 parts',
    ],
    ['two parts of one name', 'boundary=x', `${ITEM}${ITEM}--x--\r\n`, 422, 'is the name of another part, too'],
    ['a part without a name', 'boundary=x', `${ITEM}${part('', 'abc')}--x--\r\n`, 422, 'has no name'],
    ['one without an item', 'boundary=x', `${part('photo', 'abc')}--x--\r\n`, 422, 'item is missing'],
    [
      'an item that is no JSON',
      'boundary=x',
      `${part('item', '{"id": x}')}--x--\r\n`,
      400,
      'the part item is not valid JSON',
    ],
    [
      'an item that is too long',
      'boundary=x',
      `${part('item', ' '.repeat(70_000))}--x--\r\n`,
      413,
      'the part item is larger',
    ],
    [
      'an unused part',
      'boundary=x',
      `${ITEM}${part('photo', 'abc')}${part('__proto__', '')}--x--\r\n`,
      422,
      '__proto__ is a file',
    ],
    [
      'a part with a long header',
      'boundary=x',
      `${ITEM}${part('n'.repeat(9_000), 'abc')}--x--\r\n`,
      422,
      'has no such part',
    ],
  ])('%s is a problem of its own', async (_what, boundary, body, status, words) => {
    const answer = await post('/v1/items', `multipart/form-data; ${boundary}`, body);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(words)]);
  });

  test('that ends midway leaves nothing behind, and is written as it arrives', async () => {
    const before = new Set(formFolders());
    const head = `POST /v1/items HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 9000000\r\n\r\n`;
    const begun = `${head}--x\r\ncontent-disposition: form-data; name="photo"; filename="a.png"\r\n\r\n`;
    const { socket } = raw(Number(new URL(url).port), begun + 'y'.repeat(3 * MEBIBYTE));
    const folder = await until('a part is being written', () =>
      formFolders().find((name) => {
        const file = path.join(tmpdir(), name, '1');
        return !before.has(name) && existsSync(file) && statSync(file).size > 2 * MEBIBYTE;
      }),
    );
    socket.destroy();
    await until('it is removed', () => !formFolders().includes(folder));
  });

  test('larger than the bound is refused before its end', async () => {
    const small = await startTestApi(rig, { maxBatchBytes: MEBIBYTE });
    const form = makeForm({ item: upscale('too-large', 'part:photo') }, { photo: new Uint8Array(2 * MEBIBYTE) });
    const response = await fetch(`${small.url}/v1/items`, { method: 'POST', headers: AUTHORIZED, body: form });
    expect([response.status, (await response.json()) as Answer]).toMatchObject([413, { code: 'BODY_TOO_LARGE' }]);
    expect(formFolders()).toEqual([]);
  });
});

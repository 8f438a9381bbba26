/** Over HTTP, inputs are addresses and results: nobody reads files of the gateway's machine. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { drawPhoto } from '../support/file-server';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { AUTHORIZED, startTestApi } from './api-harness';

let rig: Rig;
let url = '';
let photo = '';

beforeAll(async () => {
  rig = await startRig();
  ({ url } = await startTestApi(rig));
  photo = path.join(tempFolder(), 'photo.png');
  writeFileSync(photo, await drawPhoto());
  await (await rig.client.startImage({ id: 'fox', request: { prompt: 'a fox', width: 32, height: 32 } })).result();
});
afterAll(() => rig.close());

async function post(route: string, type: string, body: string) {
  const response = await fetch(`${url}${route}`, {
    method: 'POST',
    headers: { ...AUTHORIZED, 'content-type': type },
    body,
  });
  const answer: { readonly code?: string } = JSON.parse(await response.text());
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
  const { status } = await post('/v1/batches?id=chained&skipInvalid=true', 'text/csv', csv);
  expect(status).toBe(202);
  expect((await rig.client.batch('chained').result()).counts).toMatchObject({ succeeded: 1 });
  expect(await startItem('largest', 'batch:chained/a')).toMatchObject({ status: 202 });
  expect(rig.emulator.ledger().uploads.map(({ status: answered }) => answered)).not.toContain(415);
});

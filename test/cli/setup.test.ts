/** Search attributes on a real server: registered once, set where they were asked for, and nowhere else. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ImagePipelineClient } from '../../client';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { runInside } from './cli-inside';

const ON = { IMAGEPIPELINE_SEARCH_ATTRIBUTES: 'on' };
const REQUEST = { prompt: 'a bird', width: 64, height: 64 };

let rig: Rig;
let env: Readonly<Record<string, string>>;
const clients: ImagePipelineClient[] = [];

beforeAll(async () => {
  rig = await startRig();
  env = rig.server.env;
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await rig.close();
});

async function searching(): Promise<ImagePipelineClient> {
  const client = await ImagePipelineClient.connect({ env: { ...env, ...ON } });
  clients.push(client);
  return client;
}

/** Ids by a query. What has ended is listed a moment later. */
async function findIds(query: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of rig.client.temporal.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

test('where the namespace does not know them, nothing is started and the remedy is said', async () => {
  const client = await searching();
  // The server names now one of them and now another as unknown.
  for (let start = 0; start < 60; start += 1) {
    const starting = client.startImage({ id: 'too-early', request: REQUEST });
    await expect(starting).rejects.toThrow(/IMAGEPIPELINE_SEARCH_ATTRIBUTES.*run "imagepipeline setup" once/);
  }
  expect(rig.emulator.ledger().accepted).toBe(0);
  // Who has not asked for them goes without.
  expect((await (await rig.client.startImage({ id: 'plain', request: REQUEST })).result()).outcome).toBe('succeeded');
});

test('another value than on and off is refused', async () => {
  const connecting = ImagePipelineClient.connect({ env: { ...env, IMAGEPIPELINE_SEARCH_ATTRIBUTES: 'yes' } });
  await expect(connecting).rejects.toThrow('IMAGEPIPELINE_SEARCH_ATTRIBUTES is "yes"; must be on or off');
});

test('setup registers them, and again finds them there', async () => {
  const first = await runInside(['setup'], tempFolder(), env);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout.match(/registered/g)).toHaveLength(3);
  const again = await runInside(['setup'], tempFolder(), env);
  expect(again.stdout.match(/exists/g)).toHaveLength(3);
});

test('images are found by state, account and code', async () => {
  const client = await searching();
  let tries = 0;
  await until('the server knows the attributes wherever it needs them', async () => {
    const id = `try-${++tries}`;
    const image = await client.startImage({ id, request: REQUEST }).catch(() => null);
    if (image === null) return null;
    await image.result();
    return (await findIds("ImagePipelineState = 'succeeded'")).length > 0;
  });
  await (await client.startImage({ id: 'found', request: REQUEST })).result();
  const bad = await client.startImage({ id: 'refused', request: { ...REQUEST, prompt: 'x {{INPUT_INVALID}}' } });
  await expect(bad.result()).rejects.toThrow();
  const without = await ImagePipelineClient.connect({ env: { ...env, IMAGEPIPELINE_SEARCH_ATTRIBUTES: 'off' } });
  clients.push(without);
  await (await without.startImage({ id: 'unasked', request: REQUEST })).result();

  await until('the ended image is listed', async () => {
    const ids = await findIds("ImagePipelineState = 'succeeded' AND ImagePipelineAccount = 'default'");
    const others = ids.filter((id) => !id.startsWith('try-'));
    return others.length === 1 && others[0] === 'found';
  });
  await until('the failed image is listed', async () => {
    const ids = await findIds("ImagePipelineState = 'failed' AND ImagePipelineCode IS NOT NULL");
    return ids.length === 1 && ids[0] === 'refused';
  });
  const { typedSearchAttributes } = await rig.client.temporal.workflow.getHandle('unasked').describe();
  expect(typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('ImagePipeline'))).toEqual([]);
});

test('where they are registered they are set without being asked for', async () => {
  const client = await ImagePipelineClient.connect({ env });
  clients.push(client);
  await (await client.startImage({ id: 'by-default', request: REQUEST })).result();
  await until('it is listed', async () => (await findIds("ImagePipelineState = 'succeeded'")).includes('by-default'));
});

test.each([
  ['spring', ['a bird', 'a bee'], 'completed', 0],
  ['mixed', ['a bird', 'x {{INPUT_INVALID}}'], 'completed-with-failures', 3],
  ['none', ['x {{INPUT_INVALID}}', 'y {{INPUT_INVALID}}'], 'failed', 3],
])('the batch %s of %j is found as %s', async (id, prompts, state, code) => {
  const folder = tempFolder();
  const rows = prompts.map((prompt, index) => `k${index},${prompt},64,64\n`);
  writeFileSync(path.join(folder, 'rows.csv'), `key,prompt,width,height\n${rows.join('')}`);
  const stored = { ...env, ...ON, IMAGEPIPELINE_STORE: rig.store };
  expect(await runInside(['batch', 'rows.csv', '--id', id], folder, stored)).toMatchObject({ code });
  expect((await rig.client.batch(id).status()).state).toBe('completed');
  await until('the batch is listed', async () => {
    const ids = await findIds(`WorkflowType = 'imagePipelineBatch' AND ImagePipelineState = '${state}'`);
    return ids.length === 1 && ids[0] === id;
  });
});

/** Profiles and segments: calls that are not jobs, made by a worker for library and command line. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { OpenAPIClient } from 'openapi-client-axios';
import sharp from 'sharp';
import { ApiCallError, InvalidRequestError } from '../../client';
import { BatchCli } from '../cli/batch-cli';
import { fetchDocument, makeClient, startTestApi } from '../gateway/api-harness';
import { drawPhoto, type FileServer, startFileServer } from '../support/file-server';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;
let files: FileServer;
let desk: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  files = await startFileServer({ '/photo.png': await drawPhoto() });
  desk = new BatchCli(rig);
});
afterAll(async () => {
  files.close();
  await rig.close();
});

/** Everything that Temporal recorded of the calls made so far, as text. */
async function historiesOfCalls(): Promise<string> {
  const texts: string[] = [];
  const calls = rig.client.temporal.workflow.list({ query: `WorkflowType = 'imagePipelineCall'` });
  for await (const { workflowId } of calls) {
    const history = await rig.client.temporal.workflow.getHandle(workflowId).fetchHistory();
    texts.push(Buffer.from(JSON.stringify(history), 'utf8').toString());
  }
  return texts.join('\n');
}

test('a profile is created, listed, shown, changed and deleted', async () => {
  const profiles = rig.client.profiles();
  const made = await profiles.create({ name: 'spring', tags: ['shop', 'new'], steps: 30, palette: ['#0a7cff'] });
  expect(made).toMatchObject({ name: 'spring', tags: ['shop', 'new'], steps: 30, job_count: 0 });
  const { profile_id: id } = made;
  const second = await profiles.create({ name: 'summer' });
  expect((await profiles.list()).map(({ name }) => name)).toEqual(['summer', 'spring']);
  expect(await profiles.show(id)).toEqual(made);
  expect(await profiles.change(id, { description: 'a campaign' })).toMatchObject({ name: 'spring', steps: 30 });
  expect(await profiles.show(id)).toMatchObject({ description: 'a campaign' });
  await profiles.delete(id);
  await profiles.delete(second.profile_id);
  expect(await profiles.list()).toEqual([]);
  const calls = [() => profiles.show(id), () => profiles.change(id, { steps: 3 }), () => profiles.delete(id)];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ name: 'ApiCallError', code: 'NOT_FOUND' });
});

test('what is wrong is told by field, and nothing is sent', async () => {
  const profiles = rig.client.profiles();
  const wrong = { name: '', steps: 151, tags: [], nme: 'x', prompt_template: 7 } as never;
  const error = await profiles.create(wrong).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect((error as InvalidRequestError).problems.map(({ field }) => field).sort()).toEqual(
    ['name', 'nme', 'prompt_template', 'steps', 'tags'].sort(),
  );
  await expect(profiles.change('x', {})).rejects.toThrow(/fields are empty/);
  await expect(rig.client.segment({ imageUrl: 'photo.png' })).rejects.toThrow(/imageUrl is "photo.png"/);
  expect(await profiles.list()).toEqual([]);
});

test('the segments of a picture are named, and the preview is stored', async () => {
  const { segments, preview } = await rig.client.segment({ imageUrl: `${files.url}/photo.png` });
  expect(segments.map(({ label }) => label)).toEqual(['upper-clothes', 'pants']);
  expect(preview?.file).toMatch(new RegExp(`^${path.join(rig.store, 'segments')}/[0-9a-f]{24}\\.png$`));
  const { data } = await sharp(readFileSync(preview?.file ?? ''))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([255, 0, 255]);
  expect(await historiesOfCalls()).not.toContain('preview_url');
});

test('a picture that the provider cannot read is refused', async () => {
  const call = rig.client.segment({ imageUrl: `${files.url}/gone.png` });
  await expect(call).rejects.toThrow(ApiCallError);
  await expect(rig.client.segment({ imageUrl: `${files.url}/gone.png` })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
});

test('the commands do the same', async () => {
  expect(await desk.run('profiles', 'list')).toEqual({ code: 0, stdout: '', stderr: 'there are no profiles\n' });
  expect((await desk.run('profiles', 'create', '--help')).stdout).toMatch(/--name <value> .*; required/);
  expect((await desk.run('profiles', 'change', '--help')).stdout).not.toContain('required');
  const created = await desk.run('profiles', 'create', '--name', 'autumn', '--tags', 'a,b', '--steps', '9', '--json');
  const { profile_id: id, tags, steps } = JSON.parse(created.stdout);
  expect({ code: created.code, tags, steps }).toEqual({ code: 0, tags: ['a', 'b'], steps: 9 });
  const changed = await desk.run('profiles', 'change', id, '--description', 'leaves');
  expect(changed.stdout).toMatch(new RegExp(`^${id}  .*autumn  leaves\n$`));
  const wrong = await desk.run('profiles', 'create', '--steps', '1000');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^--name is missing/),
    expect.stringMatching(/^--steps is 1000/),
  ]);

  const rows = `key,prompt,profile_id\na,x,${id}\nb,x,\nc,x,${id}x\n`;
  const file = desk.write('profiles.csv', rows);
  expect((await desk.run('plan', file)).code).toBe(0);
  const plan = await desk.run('plan', file, '--check-profiles', '--json');
  expect(plan.code).toBe(2);
  expect(JSON.parse(plan.stdout).problems.first).toEqual([
    expect.objectContaining({
      line: 4,
      key: 'c',
      field: 'profile_id',
      problem: expect.stringContaining('does not exist'),
    }),
  ]);

  expect((await desk.run('profiles', 'delete', id)).code).toBe(0);
  expect(await desk.run('profiles', 'show', id)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('NOT_FOUND'),
  });
  const segments = await desk.run('segment', `${files.url}/photo.png`);
  expect(segments).toMatchObject({ code: 0, stdout: 'upper-clothes\tTop / Shirt\npants\tPants\n' });
});

describe('over HTTP', () => {
  let http: OpenAPIClient;

  beforeAll(async () => {
    const api = await startTestApi(rig);
    http = await makeClient(api, await fetchDocument(api));
  });

  interface Answer {
    readonly status: number;
    readonly data: {
      readonly profile_id?: string;
      readonly code?: string;
      readonly errors?: readonly { readonly field: string }[];
    };
    readonly headers: Readonly<Record<string, string>>;
  }

  /** Every answer is held to the document. */
  function call(operationId: string, params: object | null = null, body?: unknown) {
    const operation = http[operationId as keyof OpenAPIClient] as unknown as (
      ...args: readonly unknown[]
    ) => Promise<Answer>;
    return operation(params, body);
  }

  test('a profile is created, listed, shown, changed and deleted', async () => {
    const made = await call('createProfile', null, { name: 'autumn', steps: 30 });
    const id = made.data.profile_id;
    expect(made).toMatchObject({ status: 201, data: { name: 'autumn', steps: 30 } });
    expect(made.headers['location']).toBe(`/v1/profiles/${id}`);
    expect(await call('listProfiles')).toMatchObject({ status: 200, data: { profiles: [{ profile_id: id }] } });
    expect(await call('changeProfile', { id }, { steps: 40 })).toMatchObject({ status: 200, data: { steps: 40 } });
    expect(await call('getProfile', { id })).toMatchObject({ status: 200, data: { name: 'autumn', steps: 40 } });
    expect(await call('deleteProfile', { id })).toMatchObject({ status: 204 });
    for (const operation of ['getProfile', 'deleteProfile']) {
      expect(await call(operation, { id })).toMatchObject({ status: 404, data: { code: 'NOT_FOUND' } });
    }
  });

  test('every problem of the fields is reported at once', async () => {
    const { status, data } = await call('createProfile', null, { steps: 151, nme: 'x' });
    expect([status, data.code]).toEqual([422, 'INVALID_REQUEST']);
    expect(data.errors?.map(({ field }) => field)).toEqual(['name', 'steps', 'nme']);
    expect(await call('changeProfile', { id: 'x' }, {})).toMatchObject({ status: 422 });
  });

  test('the segments of a picture are named; a picture that cannot be read is a problem', async () => {
    const { status, data } = await call('findSegments', null, { imageUrl: `${files.url}/photo.png` });
    expect([status, data]).toMatchObject([200, { segments: [{ label: 'upper-clothes' }, { label: 'pants' }] }]);
    for (const imageUrl of ['photo.png', `${files.url}/gone.png`]) {
      const refused = await call('findSegments', null, { imageUrl });
      expect(refused).toMatchObject({ status: 422, data: { code: 'INVALID_REQUEST' } });
    }
  });
});

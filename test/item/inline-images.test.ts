/** Images inside somebody else's workflow: an id is paid once, whatever becomes of the workflow around it. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities, createImagePipelineApi, createUndiciTransport, FilesystemStore } from '../../activities';
import { ImagePipelineClient, OtherStoreError } from '../../client';
import { drawPhoto } from '../support/file-server';
import { formatPrompt, SMALL } from '../support/images';
import { quiet } from '../support/quiet';
import { resetWorkflow } from '../support/reset-workflow';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import type { children, host, several } from './fixtures/host';

const QUEUE = 'hosts';

const store = tempFolder();

let rig: Rig;
let client: ImagePipelineClient;
let stop: () => Promise<void>;

beforeAll(async () => {
  quiet();
  rig = await startRig({ worker: false });
  const { address, namespace } = rig.server;
  const connection = await NativeConnection.connect({ address });
  const transport = createUndiciTransport();
  const api = createImagePipelineApi({
    baseUrl: rig.emulator.url,
    apiKey: rig.emulator.apiKey,
    transport: transport.send,
  });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: QUEUE,
    workflowsPath: require.resolve('./fixtures/host'),
    activities: createActivities({ api, store: new FilesystemStore(store), random: () => 0 }),
  });
  const env = { ...rig.server.env, IMAGEPIPELINE_STORE: store };
  client = await ImagePipelineClient.connect({ env, taskQueue: QUEUE });
  const stopped = worker.run();
  stop = async () => {
    worker.shutdown();
    await stopped;
    await client.close();
    await connection.close();
    await transport.close();
    await rig.close();
  };
});
afterAll(() => stop());

const wanted = (id: string, more: { readonly again?: true; readonly allowUnknown?: true } = {}) => ({
  id,
  request: { prompt: formatPrompt(id), ...SMALL },
  ...more,
});
const findJobs = (id: string) => rig.emulator.ledger().jobs.filter(({ prompt }) => prompt === formatPrompt(id));

function run(workflowId: string, ...images: Parameters<typeof host>[0]) {
  return rig.client.temporal.workflow.execute<typeof host>('host', { taskQueue: QUEUE, workflowId, args: [images] });
}

test('an id that comes again is the image that was made of it, also if it is run again', async () => {
  const [first, ...others] = await run('twice', wanted('a'), wanted('a'), wanted('a', { again: true }));
  expect(first).toMatchObject({ outcome: 'succeeded' });
  for (const other of others) expect(other).toMatchObject({ jobId: first?.jobId, result: first?.result });
  expect(findJobs('a')).toHaveLength(1);
});

test('an id whose answer was lost stays unknown until a second payment is allowed', async () => {
  const then = { fault: 'reset-after-accept', on: 'submit' } as const;
  rig.emulator.script({ match: { promptIncludes: formatPrompt('b') }, times: 1, then });
  const again = { again: true } as const;
  const reports = await run(
    'lost',
    ...[wanted('b'), wanted('b'), wanted('b', again), wanted('b', { ...again, allowUnknown: true })],
  );
  expect(reports.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'unknown', 'succeeded']);
  expect(findJobs('b')).toHaveLength(2);
});

test('a reset of the workflow pays for nothing again', async () => {
  const reports = await run('host-reset', wanted('c'), wanted('d'));
  const runId = await resetWorkflow(rig.client.temporal, 'host-reset');
  const again = await rig.client.temporal.workflow.getHandle<typeof host>('host-reset', runId).result();
  expect(again.map(({ jobId }) => jobId)).toEqual(reports.map(({ jobId }) => jobId));
  expect([findJobs('c').length, findJobs('d').length]).toEqual([1, 1]);
});

describe('inputs that are files', () => {
  const cutOut = <I>(id: string, input: I) => ({
    id,
    operation: 'background/remove/image' as const,
    request: { input_image: input },
  });
  const runChildren = (workflowId: string, ...args: Parameters<typeof children>) =>
    client.temporal.workflow.execute<typeof children>('children', { taskQueue: QUEUE, workflowId, args });
  const listUploads = () => rig.emulator.ledger().uploads.map(({ sha256 }) => sha256);

  test('the result of an earlier item, for items inside the workflow, for children and for rows', async () => {
    const inside = await run('chain', wanted('e'), cutOut('e-cut', 'item:e'));
    expect(inside).toMatchObject([{ outcome: 'succeeded' }, { outcome: 'succeeded' }]);
    const uploaded = [inside[0]?.result?.sha256];
    expect(listUploads()).toEqual(uploaded);
    const [child, rows] = await runChildren('chain-of-children', cutOut('e-child', 'item:e'), {
      id: 'e-rows',
      rows: [
        { key: 'again', operation: 'upscale/image', request: { input_image: 'item:e' } },
        { key: 'plain', request: { prompt: formatPrompt('e-plain'), ...SMALL } },
      ],
    });
    expect([child?.outcome, rows?.counts.succeeded]).toEqual(['succeeded', 2]);
    expect(listUploads()).toEqual(uploaded);
    const [next] = await runChildren('chain-of-rows', cutOut('e-next', 'batch:e-rows/again'), null);
    expect(next?.outcome).toBe('succeeded');
    expect(listUploads()).toHaveLength(2);
  });

  test('a file, which the client has put into the store', async () => {
    const { operation, request } = cutOut('photo', await drawPhoto());
    const { id, ...stored } = { id: 'photo', operation, request: await client.storeInputs({ operation, request }) };
    expect(stored.request['input_image']).toMatch(/^store:inputs\/[0-9a-f]{64}\.png$/);
    const [child] = await runChildren('with-file', { id, ...stored }, null);
    expect(child?.outcome).toBe('succeeded');
  });

  test('every input that cannot be used is named, and nothing is sent', async () => {
    const before = rig.emulator.ledger().submits;
    const rows = [cutOut('a', 'photo.jpg'), cutOut('b', 'item:nobody')].map(({ id: key, ...row }) => ({ key, ...row }));
    const fail = (id: string, ...args: Parameters<typeof children>) =>
      runChildren(id, ...args).catch(({ cause }) => cause.message);
    expect(await fail('no-files', cutOut('f', '/etc/passwd'), null)).toContain(
      'request.input_image must be an address that begins with https:// or http://, item:ID, batch:ID/KEY',
    );
    expect(await fail('no-file-in-rows', null, { id: 'f-rows', rows })).toContain(
      'rows[0].request.input_image must be',
    );
    expect(await fail('no-result', null, { id: 'g-rows', rows: rows.slice(1) })).toBe(
      'rows[0].request.input_image is "item:nobody", which has no result in the store',
    );
    expect(rig.emulator.ledger().submits).toBe(before);
  });

  test('another store than that of the workers is refused before the start', async () => {
    const env = { ...rig.server.env, IMAGEPIPELINE_STORE: tempFolder() };
    const elsewhere = await ImagePipelineClient.connect({ env, taskQueue: QUEUE });
    const { operation } = cutOut('', '');
    const options = { operation, request: { input_image: await drawPhoto() } };
    await expect(elsewhere.storeInputs(options)).rejects.toThrow(OtherStoreError);
    await expect(elsewhere.startItem({ ...options, id: 'elsewhere' })).rejects.toThrow(
      `the workers have the store ${store}, and here it is ${env.IMAGEPIPELINE_STORE}: they would not find its files`,
    );
    await expect(client.item('elsewhere').status()).rejects.toThrow('there is no item');
    await elsewhere.close();
  });
});

describe('an item of several steps', () => {
  const stepsOf = (id: string) => [
    { id: 'base', operation: 'generate/image' as const, request: { prompt: `${formatPrompt(id)} base`, ...SMALL } },
    {
      id: 'edited',
      operation: 'edit/image' as const,
      request: { prompt: `${formatPrompt(id)} edited`, input_image: { step: 'base' } },
    },
  ];
  const count = (id: string) => {
    const { jobs } = rig.emulator.ledger();
    return ['base', 'edited'].map(
      (step) => jobs.filter(({ prompt }) => prompt === `${formatPrompt(id)} ${step}`).length,
    );
  };
  const script = (id: string, then: Parameters<typeof rig.emulator.script>[0]['then']) =>
    rig.emulator.script({ match: { promptIncludes: `${formatPrompt(id)} edited` }, times: 1, then });
  const runSeveral = (workflowId: string, ...wanted: Parameters<typeof several>[0]) =>
    rig.client.temporal.workflow.execute<typeof several>('several', { taskQueue: QUEUE, workflowId, args: [wanted] });
  const STEPS = [
    { id: 'base', outcome: 'succeeded' },
    { id: 'edited', outcome: 'succeeded' },
  ];

  test('runs inside a workflow, where its finished steps are not paid again', async () => {
    script('s-in', { failJob: 'INPUT_INVALID', jobMs: 0 });
    const item = { id: 's-in', steps: stepsOf('s-in'), keep: ['base'] };
    const [failed, made, same] = await run('steps-in', item, { ...item, again: true }, item);
    expect(failed).toMatchObject({ outcome: 'failed', code: 'INPUT_INVALID' });
    for (const report of [made, same])
      expect(report).toMatchObject({ outcome: 'succeeded', steps: STEPS, files: [{}, { role: 'base.result' }] });
    expect(count('s-in')).toEqual([1, 2]);
    const [other] = await run('steps-other', { ...item, steps: stepsOf('another') });
    expect(other).toMatchObject({ outcome: 'failed', code: 'ID_TAKEN' });
  });

  test('runs as a child; run again, it takes over what is paid, unless a second payment is allowed', async () => {
    script('s-child', { fault: 'reset-after-accept', on: 'submit' });
    const item = { id: 's-child', steps: stepsOf('s-child'), values: { product: 'shoe' } };
    const again = { ...item, again: true };
    const reports = await runSeveral('steps-child', item, again, { ...again, allowUnknown: true });
    expect(reports).toMatchObject([
      { outcome: 'unknown' },
      { outcome: 'unknown' },
      { outcome: 'succeeded', steps: STEPS },
    ]);
    expect(reports.map(({ values }) => values)).toEqual([1, 2, 3].map(() => ({ product: 'shoe' })));
    expect(count('s-child')).toEqual([1, 2]);
  });

  test('a child whose job failed is submitted again, and one whose job was not seen to its end is not', async () => {
    const prompt = { prompt: formatPrompt('s-one'), ...SMALL };
    rig.emulator.script({ match: { promptIncludes: formatPrompt('s-one') }, times: 1, then: { jobMs: 3_000 } });
    const overdue = { id: 's-one', request: prompt, jobTimeBudgetMs: 1 };
    const [unknown, made] = await runSeveral('steps-one', overdue, { id: 's-one', request: prompt, again: true });
    expect(unknown).toMatchObject({ outcome: 'unknown', code: 'JOB_OVERDUE' });
    expect(made).toMatchObject({ outcome: 'succeeded', jobId: unknown?.jobId });
    expect(findJobs('s-one')).toHaveLength(1);
    rig.emulator.script({
      match: { promptIncludes: formatPrompt('s-bad') },
      times: 1,
      then: { failJob: 'INPUT_INVALID', jobMs: 0 },
    });
    const bad = { id: 's-bad', request: { prompt: formatPrompt('s-bad'), ...SMALL } };
    const [failed, retried] = await runSeveral('steps-bad', bad, { ...bad, again: true });
    expect([failed?.code, retried?.outcome]).toEqual(['INPUT_INVALID', 'succeeded']);
    expect(findJobs('s-bad')).toHaveLength(2);
  });

  test('a recipe is prepared for a workflow, with its files in the store', async () => {
    const recipe = {
      steps: [
        { id: 'cut', operation: 'background/remove/image', fields: { input_image: '{{photo}}' } },
        { id: 'large', operation: 'upscale/image', fields: { input_image: '{{steps.cut}}', scale: 2 } },
      ],
    } as const;
    const work = await client.storeRecipe({ recipe, values: { photo: await drawPhoto() } });
    const [report] = await runSeveral('steps-stored', { id: 's-stored', ...work });
    expect(report).toMatchObject({ outcome: 'succeeded', steps: [{ id: 'cut' }, { id: 'large' }] });
  });

  test('is refused with every problem, if its steps cannot run', async () => {
    const [base, edited] = stepsOf('s-wrong');
    if (base === undefined || edited === undefined) throw new Error('no steps');
    const steps = [edited, { ...base, id: 'EDITED' }];
    const caught = await run('steps-wrong', { id: 's-wrong', steps, keep: ['none'] }).catch((error: Error) => error);
    const { message = '' } = ((caught as Error).cause ?? {}) as Error;
    expect(message).toContain('steps[0].request uses the file of "base", which is no earlier step');
    expect(message).toContain('steps[1].id is "EDITED", as that of another step');
    expect(message).toContain('keep names "none"');
  });
});

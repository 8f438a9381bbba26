/** Encryption the whole way: a real server that learns nothing, and clients and workers for whom all is as before. */
import { EncryptionKeyMissingError, ImagePipelineClient } from '../../client';
import {
  formatRowPrompt as batchPromptOf,
  formatKey,
  listResults,
  pickCounts,
  startBatch,
} from '../batch/batch-fixtures';
import { runInside } from '../cli/cli-inside';
import { catchError, formatPrompt, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { makeCodec, newKey } from './keys';
import { decryptedText, rawView, readFields } from './raw-histories';

const OLD = newKey('2025');
const NEW = newKey('2026');

describe('with keys on both sides', () => {
  const ITEMS = 6;
  const REASON = 'owls are not allowed';
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({ encryption: OLD });
  });
  afterAll(() => rig.close());

  test('images and batches end as they do without, and the server has neither prompts, keys, files, jobs nor messages', async () => {
    scriptFor(rig, 'sealed', { failJob: 'MODEL_ERROR', jobMs: 0 }, 1);
    scriptFor(rig, 'refused', { failJob: 'INPUT_INVALID', message: REASON, jobMs: 0 });
    const { result, submissions } = await (await start(rig.client, 'sealed')).result();
    expect(submissions.map(({ code }) => code)).toEqual(['MODEL_ERROR', null]);
    expect(await catchError(await start(rig.client, 'refused'))).toMatchObject({
      code: 'INPUT_INVALID',
      detail: REASON,
    });
    const seen = await until('a worker answers', async () => {
      const status = await rig.client.item('sealed').status();
      return status.workerAnswers ? status : null;
    });
    expect(seen).toMatchObject({ state: 'succeeded', submission: 2 });
    const asking = (number: number) => (number === 1 ? '{{INPUT_INVALID}}' : '');
    const batch = await startBatch(rig, 'spring', ITEMS, { pageSize: 3, asking });
    expect(pickCounts(await batch.result())).toEqual({ succeeded: ITEMS - 1, failed: 1 });

    const raw = await rawView(rig.server);
    const items = await listResults(rig, 'spring');
    const keys = Array.from({ length: ITEMS }, (_, number) => formatKey(number));
    const inImages = [
      formatPrompt('sealed'),
      formatPrompt('refused'),
      result?.file ?? '-',
      result?.sha256 ?? '-',
      REASON,
      'generate/image',
    ];
    const inBatches = [...keys, 'hash of spring', 'INPUT_INVALID":1', ...items.flatMap(({ jobId }) => jobId ?? [])];
    const neverThere = keys.map((key) => batchPromptOf('spring', key));
    const secrets = [...inImages, ...inBatches, ...neverThere, ...submissions.flatMap(({ jobId }) => jobId ?? [])];
    expect(secrets.filter((secret) => raw.text.includes(secret))).toEqual([]);
    expect(readFields(raw.payloads, 'encoding')).toEqual(['binary/encrypted']);
    expect(raw.text).toContain('Encoded failure');
    // The same look finds them as soon as the payloads are decrypted, so the look is worth something.
    const decrypted = await decryptedText(raw.payloads, makeCodec(OLD));
    expect([...inImages, ...inBatches].filter((secret) => !decrypted.includes(secret))).toEqual([]);
    expect(raw.workflowIds).toEqual(expect.arrayContaining(['sealed', 'spring', 'spring/page-000000']));
  });

  test('what a step is retried for is reported in clear', async () => {
    const refusal = { status: 503, body: { detail: 'maintenance' }, headers: { 'retry-after': '60' } };
    scriptFor(rig, 'told', refusal);
    const handle = await start(rig.client, 'told');
    const status = await until('the refusal was told', async () => {
      const seen = await handle.status();
      return seen.nextRetryAt === null ? null : seen;
    });
    expect(status).toMatchObject({ lastCode: 'PROVIDER_UNREACHABLE', trouble: expect.stringContaining('503') });
    await handle.cancel();
  });

  test('a client without the key gets the id of the missing one, and a command ends with 2', async () => {
    const env = rig.server.env;
    for (const keys of [undefined, NEW]) {
      const other = await ImagePipelineClient.connect({ env: { ...env, IMAGEPIPELINE_ENCRYPTION_KEYS: keys } });
      const asked = [
        other.item('sealed').result(),
        other.item('sealed').status(),
        other.item('refused').result(),
        other.batch('spring').status(),
        other.batch('spring').result(),
      ];
      for (const end of await Promise.allSettled(asked)) {
        expect(end).toMatchObject({ status: 'rejected', reason: expect.any(EncryptionKeyMissingError) });
        expect(end).toMatchObject({ reason: { keyId: '2025' } });
      }
      await other.close();
    }
    for (const command of [['status', 'spring'], ['batches']]) {
      const { code, stderr } = await runInside(command, tempFolder(), env);
      expect(code).toBe(2);
      expect(stderr).toMatch(/"2025".*IMAGEPIPELINE_ENCRYPTION_KEYS/);
    }
  });

  test('keys that are no keys are refused before anything is connected', async () => {
    const env = { ...rig.server.env, IMAGEPIPELINE_ENCRYPTION_KEYS: 'nonsense' };
    const { code, stderr } = await runInside(['status', 'spring'], tempFolder(), env);
    expect({ code, named: stderr.includes('IMAGEPIPELINE_ENCRYPTION_KEYS') }).toEqual({ code: 2, named: true });
  });
});

describe('with strictness on both sides', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({ encryption: NEW, isStrict: true, callbacks: true });
  });
  afterAll(() => rig.close());

  test('images and batches end as ever: nothing of ours travels in clear', async () => {
    scriptFor(rig, 'strict', { failJob: 'MODEL_ERROR', jobMs: 0 }, 1);
    expect((await (await start(rig.client, 'strict')).result()).submissions).toHaveLength(2);
    const batch = await startBatch(rig, 'strict-batch', 4, { pageSize: 2 });
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 4 });
    expect(await rig.client.account().status()).toMatchObject({ account: 'default' });
  });

  test('what somebody without keys has started is refused, nothing of it is sent, and the client says why', async () => {
    const plain = await ImagePipelineClient.connect({ env: rig.server.env });
    const { accepted } = rig.emulator.ledger();
    await start(plain, 'in-clear');
    await until('a worker has refused it', async () => {
      const { events } = await rig.client.temporal.workflow.getHandle('in-clear').fetchHistory();
      return events?.some(({ workflowTaskFailedEventAttributes: failed }) => failed) ?? false;
    });
    expect(rig.emulator.ledger().accepted).toBe(accepted);
    const handle = plain.temporal.workflow.getHandle('in-clear');
    await handle.terminate();
    await plain.close();
  });
});

describe('keys that change', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({ encryption: `${OLD},${NEW}`, worker: false });
  });
  afterAll(() => rig.close());

  test('the first key is changed in the middle of an image and of a batch; nothing is lost or paid twice', async () => {
    await rig.startWorker();
    scriptFor(rig, 'rotated', { jobMs: 4_000 });
    rig.emulator.script({ match: { promptIncludes: 'for the batch turned.' }, then: { jobMs: 2_000 } });
    const image = await start(rig.client, 'rotated');
    const batch = await startBatch(rig, 'turned', 6, { concurrency: 2 });
    const isAwaiting = async () => (await image.status()).state === 'running';
    await until('the image waits for its job', isAwaiting);
    await until('the batch has jobs', async () => (await batch.status()).submissions > 0);
    await rig.stopWorkers();
    await rig.startWorker({ encryption: `${NEW},${OLD}` });
    expect((await image.result()).submissions).toHaveLength(1);
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 6 });
    expect(rig.emulator.ledger().jobs).toHaveLength(7);
    const { payloads } = await rawView(rig.server);
    expect(readFields(payloads, 'encoding')).toEqual(['binary/encrypted']);
    expect(readFields(payloads, 'encryption-key-id')).toEqual(['2025', '2026']);
    await rig.stopWorkers();
  });

  test('an image that began without keys ends with them', async () => {
    const plain = await ImagePipelineClient.connect({ env: rig.server.env });
    await start(plain, 'begun-in-clear');
    await plain.close();
    await rig.startWorker();
    expect(await rig.client.item('begun-in-clear').result()).toMatchObject({ outcome: 'succeeded' });
    await rig.stopWorkers();
  });

  test('with a worker that lacks the key an image waits, until one comes that has it', async () => {
    await rig.startWorker({ encryption: NEW });
    const image = await start(rig.client, 'waits-for-key');
    const failed = await until('a task has failed', async () => {
      const { events } = await rig.client.temporal.workflow.getHandle(image.id).fetchHistory();
      return (events ?? []).find((event) => event.workflowTaskFailedEventAttributes) ?? null;
    });
    expect(failed.workflowTaskFailedEventAttributes?.failure).toBeTruthy();
    await rig.stopWorkers();
    await rig.startWorker();
    expect(await image.result()).toMatchObject({ outcome: 'succeeded' });
    await rig.stopWorkers();
  });
});

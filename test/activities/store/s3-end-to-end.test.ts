/** Workers and commands with their store on S3, a real Temporal server, the emulator: what is reported lies in the bucket. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BatchCli, summarize } from '../../cli/batch-cli';
import { cutTile, showsImage } from '../../cli/sheet-tiles';
import { drawPhoto } from '../../support/file-server';
import { hashOf } from '../../support/hash-of';
import { SMALL } from '../../support/images';
import { type Rig, startRig } from '../../support/rig';
import { describeOnS3, s3Server } from './s3-server';
import { filesBelow } from './tested-stores';

const server = s3Server();
describeOnS3('a store on S3', () => {
  let rig: Rig;

  const store = () => `s3://${server().bucket}/studio`;

  beforeAll(async () => {
    rig = await startRig({ worker: false });
    await rig.startWorker({ store: store(), s3: server().access });
  });

  afterAll(() => rig.close());

  async function hashObject(key: string): Promise<string> {
    return hashOf(await server().read(key));
  }

  test('an image is kept in the bucket, with the checksum of its report', async () => {
    const { bucket, keys, read, head } = server();
    const image = await rig.client.startImage({ id: 'on-s3', request: { prompt: 'a lighthouse', ...SMALL } });
    const { result } = await image.result();
    const { file, sha256, bytes } = result ?? { file: null, sha256: null, bytes: null };
    const [key = ''] = await keys('studio/items/');
    expect(file).toBe(`s3://${bucket}/${key}`);
    expect(await hashObject(key)).toBe(sha256);
    expect((await read(key)).length).toBe(bytes);
    expect(await head(key)).toEqual({ type: 'image/png', metadata: { sha256 } });
  });

  test('inputs are files and objects, and are kept in the bucket', async () => {
    const { bucket, keys } = server();
    const cli = new BatchCli(rig, {
      IMAGEPIPELINE_STORE: store(),
      IMAGEPIPELINE_S3_ENDPOINT: server().access.endpoint ?? '',
    });
    const photo = await drawPhoto();
    cli.write('photo.png', photo);
    const rows = ['key,input_image', 'file,photo.png', `object,s3://${bucket}/studio/items/on-s3.png`];
    const file = cli.write('inputs.csv', rows.join('\n'));
    const { status } = await cli.toEnd('batch', 'inputs', file, '--operation', 'upscale/image');
    expect(status.counts).toMatchObject({ succeeded: 2 });
    const sha256 = hashOf(photo);
    expect(await server().head(`studio/inputs/${sha256}.png`)).toMatchObject({ type: 'image/png' });
    expect(await keys('studio/inputs/')).toHaveLength(4);
    const absent = cli.write('absent.csv', `key,input_image\nabsent,s3://${bucket}/no/such.png\n`);
    const refused = await cli.run('plan', absent, '--operation', 'upscale/image');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('which does not exist')]);
  });

  describe('a batch', () => {
    const ID = 'bucketed';
    const ROWS = { a: '', b: '{{INPUT_INVALID x1}}', c: '', d: '{{MODEL_ERROR x1}}', e: '' };
    let batchCli: BatchCli;

    beforeAll(async () => {
      batchCli = new BatchCli(rig, {
        IMAGEPIPELINE_STORE: store(),
        IMAGEPIPELINE_S3_ENDPOINT: server().access.endpoint ?? '',
      });
      const { code, status } = await batchCli.toEnd('batch', ID, batchCli.writeRows(ID, ROWS));
      expect([code, status]).toMatchObject([0, { state: 'completed', counts: { succeeded: 4, failed: 1, total: 5 } }]);
    });

    test('is copied into a folder, and again only what is missing', async () => {
      const copied = await batchCli.run('download', ID, '--to', 'out');
      expect([copied.code, copied.stdout.split('\n').length]).toEqual([0, 5]);
      for (const { key, sha256 } of (await batchCli.lines(ID)).filter(({ outcome }) => outcome === 'succeeded'))
        expect(hashOf(readFileSync(path.join(batchCli.folder, 'out', `${key}.png`)))).toBe(sha256);
      const again = await batchCli.run('download', ID, '--to', 'out', '--json');
      expect(JSON.parse(again.stdout)).toMatchObject({ copied: 0, present: 4 });
    });

    test('has its results in the bucket, as the provider has served them', async () => {
      const lines = await batchCli.lines(ID);
      expect(summarize(lines)).toMatchObject({ a: ['succeeded', null], b: ['failed', 'INPUT_INVALID'] });
      const served = new Map(rig.emulator.ledger().jobs.map(({ jobId, resultSha256 }) => [jobId, resultSha256]));
      for (const { key, outcome, file, sha256, jobId } of lines) {
        if (outcome !== 'succeeded') continue;
        expect(file).toBe(`${store()}/batches/${ID}/items/${key}.png`);
        const stored = await hashObject(`studio/batches/${ID}/items/${key}.png`);
        expect([stored, stored]).toEqual([sha256, served.get(jobId ?? '')]);
      }
    });

    test('is drawn on a contact sheet from the bucket', async () => {
      const { code, stdout } = await batchCli.run('sheet', ID);
      expect([code, stdout]).toEqual([0, `${path.join(batchCli.folder, `${ID}.png`)}\n`]);
      const image = await server().read(`studio/batches/${ID}/items/a.png`);
      expect(await showsImage(await cutTile(stdout.trim(), 0), image)).toBe(true);
    });

    test('is redriven, and keeps nothing in a folder', async () => {
      const { code, status } = await batchCli.toEnd('redrive', ID);
      expect([code, status]).toMatchObject([0, { state: 'completed', counts: { succeeded: 5, total: 5 } }]);
      expect(summarize(await batchCli.lines(ID))).toMatchObject({ b: ['succeeded', 'INPUT_INVALID', null] });
      expect(filesBelow(rig.store)).toEqual([]);
      expect(existsSync(path.join(batchCli.folder, '.imagepipeline'))).toBe(false);
    });

    test('under its id other rows are refused, also where the first were planned into the bucket', async () => {
      const { code, stderr } = await batchCli.run('batch', batchCli.writeRows(ID, { a: 'other' }), '--id', ID);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('used for other rows') });
    });
  });
});

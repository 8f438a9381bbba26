/** A worker process as operators see it: health, metrics and log, with an image that fails once and one that succeeds. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CliProcess, startCli } from '../cli/cli-process';
import { drawPhoto } from '../support/file-server';
import { scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { expressions, metricsIn } from './used-metrics';

const PLANTED = 'planted-secret-7f3a';

let rig: Rig;
let worker: CliProcess;
let url: string;
let output: string;

const read = async (path: string) => (await fetch(`${url}${path}`)).text();
const status = async (path: string) => (await fetch(`${url}${path}`)).status;

beforeAll(async () => {
  rig = await startRig({ worker: false, isOwn: true });
  const { settings, server } = rig;
  worker = startCli(['worker'], tempFolder(), {
    ...server.env,
    IMAGEPIPELINE_API_KEY: settings.apiKey,
    IMAGEPIPELINE_BASE_URL: settings.baseUrl,
    IMAGEPIPELINE_STORE: settings.store,
    IMAGEPIPELINE_METRICS_PORT: '0',
    IMAGEPIPELINE_LOG_FORMAT: 'json',
    IMAGEPIPELINE_LOG_LEVEL: 'debug',
  });
  output = await worker.seen(/^ready/m);
  url = /health and metrics at (\S+)/.exec(output)?.[1] ?? '';
  scriptFor(rig, 'watched-fails', { failJob: 'INPUT_INVALID', retryable: true, message: `of ${PLANTED}`, jobMs: 0 });
  const prompts = [PLANTED, `another ${PLANTED}`];
  const images = await Promise.all([
    start(rig.client, 'watched'),
    start(rig.client, 'watched-fails'),
    ...prompts.map((prompt) => rig.client.startImage({ request: { prompt, width: 64, height: 64 } })),
  ]);
  await Promise.allSettled(images.map((image) => image.result()));
  const photo = path.join(tempFolder(), 'photo.png');
  writeFileSync(photo, await drawPhoto());
  for (const scale of [2, 3] as const) {
    const request = { input_image: photo, scale };
    await (await rig.client.startItem({ operation: 'upscale/image', request })).result();
  }
});

afterAll(async () => {
  // Its server is gone, so that there is nobody to say goodbye to.
  worker.child.kill('SIGKILL');
  await worker.finished;
  await rig.close();
});

test('it is alive, and ready while it polls and Temporal answers', async () => {
  expect([await status('/healthz'), await status('/readyz'), await status('/metrics')]).toEqual([200, 200, 200]);
});

test('metrics of the SDK and ours are one answer, with labels from closed lists', async () => {
  const text = await read('/metrics');
  const operation = 'operation="generate/image"';
  const wanted = [
    `imagepipeline_submissions_total\\{.*code="NONE".*${operation}.*verdict="accepted".*\\} 4`,
    `imagepipeline_items_total\\{.*code="NONE".*${operation}.*outcome="succeeded".*\\} 3`,
    `imagepipeline_items_total\\{.*code="INPUT_INVALID".*outcome="failed".*\\} 1`,
    'imagepipeline_faults_total\\{.*code="INPUT_INVALID".*origin="job".*\\} 1',
    'imagepipeline_contradictory_retryable_flags_total\\{.*code="INPUT_INVALID".*\\} 1',
    `imagepipeline_job_time_seconds_count\\{.*${operation}.*state="completed".*\\} 3`,
    `imagepipeline_reads_per_job_count\\{.*${operation}.*\\} 4`,
    'imagepipeline_uploads_total\\{.*code="NONE".*result="uploaded".*\\} 1',
    'imagepipeline_uploads_total\\{.*code="NONE".*result="remembered".*\\} 1',
    'imagepipeline_uploaded_bytes_total(\\{.*\\})? [1-9]',
    'imagepipeline_stored_bytes_total\\{.*store="folder".*\\} [1-9]',
    `imagepipeline_charge_credits_sum\\{.*${operation}.*\\} \\d`,
    'imagepipeline_account_in_flight\\{account="default"\\} 0',
    'imagepipeline_account_limit\\{account="default"\\} [1-9]',
    'imagepipeline_account_held\\{account="default",code="NONE"\\} 0',
    'imagepipeline_accounts_readable 1',
    'temporal_worker_task_slots_available\\{.*worker_type="ActivityWorker"\\} \\d',
    'temporal_activity_execution_latency_seconds_count',
  ];
  expect(wanted.filter((line) => !new RegExp(`^${line}`, 'm').test(text))).toEqual([]);
  expect(text).not.toMatch(/watched|job_id|planted/);
  const ofTheSdk = expressions()
    .flatMap(metricsIn)
    .filter((name) => name.startsWith('temporal_'));
  expect(ofTheSdk.filter((name) => !text.includes(`${name}{`))).toEqual([]);
});

test('each line of the log is an object with the ids that are known', async () => {
  const entries = worker
    .text()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const ofImage = entries.filter(({ workflow }) => workflow === 'image/watched' || workflow === 'watched');
  expect(ofImage).toContainEqual(
    expect.objectContaining({ level: 'info', message: 'submission accepted', submission: 1, job: expect.any(String) }),
  );
  expect(ofImage).toContainEqual(expect.objectContaining({ message: 'result stored', bytes: expect.any(Number) }));
  expect(entries.some(({ error }) => error?.code === 'INPUT_INVALID')).toBe(true);
});

test('neither log nor metrics nor the terminal know the key, a prompt or a signed address', async () => {
  const all = `${worker.text()}${await read('/metrics')}`;
  for (const secret of [PLANTED, rig.settings.apiKey, 'signature=', '/results/']) expect(all).not.toContain(secret);
});

test('without Temporal it is alive but not ready', async () => {
  await rig.server.stop();
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  expect(await read('/metrics')).toMatch(/^imagepipeline_accounts_readable 0$/m);
});

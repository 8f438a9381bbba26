/** Workers that die or stop in the middle of an image: nothing is paid twice, nothing is lost, nothing hangs. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { AccountStatus } from '../../workflows/domain/account/account-status';
import { catchError, findJobs, formatPrompt, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { startWorkerChild } from '../support/worker-child';

const PROCESSING = { on: 'status', status: 200, body: { job_id: 'job', status: 'processing', progress: 10 } } as const;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(() => rig.close());

afterEach(() => rig.emulator.clearScripts());

async function pendingActivity(id: string) {
  const { raw } = await rig.client.temporal.workflow.getHandle(id).describe();
  return raw.pendingActivities?.[0];
}

describe('a worker that is killed with -9 while four images are at four different steps', () => {
  const ids = {
    before: 'kill-before-post',
    during: 'kill-during-post',
    polling: 'kill-polling',
    download: 'kill-download',
  };

  let asked: Promise<readonly PromiseSettledResult<AccountStatus>[]>;

  /** One kill for all four, since each of them waits for the heartbeat timeout. */
  beforeAll(async () => {
    scriptFor(rig, ids.before, { on: 'submit', fault: 'hang-before-accept' }, 1);
    scriptFor(rig, ids.during, { on: 'submit', fault: 'hang-after-accept' }, 1);
    scriptFor(rig, ids.polling, PROCESSING);
    scriptFor(rig, ids.download, { on: 'result', fault: 'hang' }, 1);
    const first = await startWorkerChild(rig);
    await Promise.all(Object.values(ids).map((id) => start(rig.client, id)));
    await until('every image is at its step', () => {
      const { faults } = rig.emulator.ledger();
      const hanging = ['submit:hang-before-accept', 'submit:hang-after-accept', 'result:hang'];
      const isPolled = (findJobs(rig, ids.polling)[0]?.statusReads ?? 0) > 0;
      return isPolled && hanging.every((fault) => faults[fault] === 1);
    });
    first.send('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    rig.emulator.clearScripts();
    await rig.startWorker();
    asked = Promise.allSettled([rig.client.account().status()]);
  });

  test('a question that Temporal keeps for the dead worker is answered by the next one', async () => {
    const [answer] = await asked;
    // Told with what it says, which a comparison of the two would leave out.
    if (answer?.status === 'rejected') throw answer.reason;
    expect(answer?.value).toMatchObject({ account: 'default' });
  });

  test('a kill before the POST was accepted ends unknown, since nobody can know it, and is not sent again', async () => {
    const error = await catchError(rig.client.item(ids.before));
    expect(error).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN', outcome: 'unknown', jobId: null });
    expect(findJobs(rig, ids.before)).toEqual([]);
  });

  test('a kill after the POST was accepted ends unknown with one paid job, and is not sent again', async () => {
    const error = await catchError(rig.client.item(ids.during));
    expect(error).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN', outcome: 'unknown', jobId: null });
    expect(error.message).toContain('worker was lost');
    expect(findJobs(rig, ids.during)).toHaveLength(1);
  });

  test('a kill while the job is polled costs nothing: the next worker awaits the same job', async () => {
    const report = await rig.client.item(ids.polling).result();
    expect(findJobs(rig, ids.polling)).toMatchObject([{ jobId: report.jobId, resultSha256: report.result?.sha256 }]);
    expect(report.submissions).toHaveLength(1);
  });

  test('a kill during the download costs nothing: the next worker fetches the same result and leaves no half file', async () => {
    const report = await rig.client.item(ids.download).result();
    expect(findJobs(rig, ids.download)).toMatchObject([{ jobId: report.jobId, resultSha256: report.result?.sha256 }]);
    expect(readdirSync(path.join(rig.store, '.incoming'))).toEqual([]);
  });

  test('over all four, every image was submitted exactly once', () => {
    expect(rig.emulator.ledger()).toMatchObject({ submits: 4, accepted: 3 });
  });

  afterAll(() => rig.stopWorkers());
});

test('a worker that is stopped hands a polled job over, and lets a POST in progress finish', async () => {
  scriptFor(rig, 'stop-polling', PROCESSING);
  const first = await startWorkerChild(rig, formatPrompt('stop-posting'));
  const [polled, posted] = await Promise.all(['stop-polling', 'stop-posting'].map((id) => start(rig.client, id)));
  await until('one job is polled and one POST is answered', () => {
    return (findJobs(rig, 'stop-polling')[0]?.statusReads ?? 0) > 0 && findJobs(rig, 'stop-posting').length === 1;
  });
  first.send('SIGTERM');
  await until('the polled job is handed over', async () => (await pendingActivity('stop-polling'))?.lastFailure);
  expect((await pendingActivity('stop-posting'))?.activityType?.name).toBe('submitJob');
  first.send('SIGUSR2');
  expect(await first.ended).toBe(0);
  rig.emulator.clearScripts();
  await rig.startWorker();
  for (const handle of [polled, posted]) {
    const report = await handle?.result();
    expect(report?.submissions).toHaveLength(1);
    expect(findJobs(rig, handle?.id ?? '')).toMatchObject([{ jobId: report?.jobId }]);
  }
});

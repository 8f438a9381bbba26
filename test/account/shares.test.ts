/** Batches share an account by weight, and single items go first. */

import { setTimeout as sleep } from 'node:timers/promises';
import { jobsByKey, startBatch } from '../batch/batch-fixtures';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

const JOB_MS = 2_000;
const LIMIT = 12;
const WEIGHTS = { light: 1, alike: 1, heavy: 2 } as const;
const IMAGES = 20;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: JOB_MS, sigma: 0.2 } } });
});
afterAll(() => rig.close());

test('three batches with weights 1, 1 and 2 have shares within 10 %, and images wait less than a job takes', async () => {
  await rig.client.account().set({ limits: { maxConcurrency: LIMIT } });
  const ids = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];
  const batches = await Promise.all(
    ids.map((id) => startBatch(rig, id, 400, { concurrency: null, weight: WEIGHTS[id] })),
  );
  await until('all of them have jobs', () => ids.every((id) => jobsByKey(rig, id).size > 3));
  await until('the limit is used', async () => (await rig.client.account().status()).inFlight >= LIMIT);
  const from = Date.now();
  const waits: number[] = [];
  for (let number = 0; number < IMAGES; number += 1) {
    const [id, askedAt] = [`image-${number}`, Date.now()];
    await start(rig.client, id);
    const job = await until('it is accepted', () =>
      rig.emulator.ledger().jobs.find(({ prompt }) => prompt.includes(`test ${id}.`)),
    );
    waits.push(job.acceptedAt - askedAt);
    await sleep(200);
  }
  const to = Date.now();
  // Time in flight, not jobs that began: a share is of the places.
  const used = ids.map((id) =>
    [...jobsByKey(rig, id).values()]
      .flat()
      .reduce(
        (sum, { acceptedAt, endedAt }) => sum + Math.max(0, Math.min(endedAt ?? to, to) - Math.max(acceptedAt, from)),
        0,
      ),
  );
  const all = used.reduce((sum, time) => sum + time, 0);
  const shares = used.map((time) => time / all);
  await Promise.all(batches.map((batch) => batch.cancel()));
  await Promise.all(batches.map((batch) => batch.result()));
  ids.forEach((id, index) => {
    const due = WEIGHTS[id] / 4;
    expect(Math.abs((shares[index] ?? 0) - due)).toBeLessThanOrEqual(0.1 * due);
  });
  const p95 = waits.sort((left, right) => left - right)[Math.ceil(0.95 * IMAGES) - 1];
  expect(p95).toBeLessThan(JOB_MS);
});

/**
 * What a user would write in an afternoon: p-queue keeps so many images under way, each is submitted, read every 500 ms
 * and saved. What the plan refuses is sent again with jittered backoff.
 *
 *     node p-queue.mjs --url URL --key KEY --items N --out FOLDER [--concurrency N] [--rate N]
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import PQueue from 'p-queue';

const READ_INTERVAL_MS = 500;
const FIRST_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 10_000;
const LIMIT_CODES = ['RATE_LIMIT_EXCEEDED', 'CONCURRENT_JOBS_EXCEEDED'];

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    items: { type: 'string' },
    out: { type: 'string' },
    concurrency: { type: 'string' },
    rate: { type: 'string' },
  },
});
const headers = { 'x-api-key': values.key, 'content-type': 'application/json' };
const queue = new PQueue({
  ...(values.concurrency && { concurrency: Number(values.concurrency) }),
  ...(values.rate && { intervalCap: Number(values.rate), interval: 1_000 }),
});

await Promise.all(Array.from({ length: Number(values.items) }, (_, number) => queue.add(() => make(number))));

async function make(number) {
  for (let attempt = 0; ; attempt += 1) {
    const job = await finished(await submitted({ prompt: `benchmark ${number}`, width: 64, height: 64 }));
    if (job.status === 'completed') return save(number, job.result_url);
    if (!LIMIT_CODES.includes(job.failure_reason_code)) throw new Error(`${number}: ${job.failure_reason_code}`);
    await pause(backoffMs(attempt));
  }
}

async function submitted(request) {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(`${values.url}/generate/image/v1`, {
      method: 'POST',
      headers,
      body: JSON.stringify(request),
    });
    const body = await answer.json();
    if (answer.ok) return body.job_id;
    if (answer.status !== 429) throw new Error(`submit: ${answer.status} ${body.error_code}`);
    const retryAfterMs = Number(answer.headers.get('retry-after') ?? 0) * 1_000;
    await pause(Math.max(retryAfterMs, backoffMs(attempt)));
  }
}

async function finished(jobId) {
  for (;;) {
    await pause(READ_INTERVAL_MS);
    const answer = await fetch(`${values.url}/generate/image/v1/status/${jobId}`, { headers });
    if (!answer.ok) throw new Error(`status: ${answer.status}`);
    const job = await answer.json();
    if (job.status !== 'queued' && job.status !== 'processing') return job;
  }
}

async function save(number, address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`result: ${answer.status}`);
  await writeFile(path.join(values.out, `${number}.webp`), Buffer.from(await answer.arrayBuffer()));
}

/** Full jitter. */
function backoffMs(attempt) {
  return Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
}

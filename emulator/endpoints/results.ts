import type { ResultAction, ResultFault } from '../faults/rules';
import { type Answer, errorAnswer, type Reply } from '../http/answer';
import { hasEnded, type Job } from '../jobs/job';
import { drawPicture } from '../media/draw-picture';
import { toPicture } from '../media/picture';
import type { World } from '../world';
import { requestFacts, scriptedAnswer } from './job-status';

/** Query parameters of a result link. */
interface ResultQuery {
  readonly jobId: string;
  readonly expires: string;
  readonly signature: string;
}

type FaultReply = (answer: Answer, job: Job) => Reply | Promise<Reply>;

const EXPIRED = errorAnswer(403, 'URL_EXPIRED', 'The link has expired or its signature is wrong.');

const RESULT_FAULT_REPLIES: Readonly<Record<ResultFault, FaultReply>> = {
  reset: (answer) => ({ answer, wire: 'reset' }),
  hang: (answer) => ({ answer, wire: 'hang' }),
  garbage: (answer) => ({ answer, wire: 'garbage' }),
  'half-body': (answer) => ({ answer, wire: 'half-body' }),
  'html-200': () => ({ answer: html('<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>') }),
  truncated: (answer) => ({ answer: { ...answer, body: firstHalf(answer.body) } }),
  'wrong-type': async (_answer, job) => ({ answer: await inAnotherFormat(job) }),
  'not-an-image': (answer) => ({ answer: { ...answer, body: Buffer.from('these bytes are no picture\n'.repeat(64)) } }),
  expired: () => ({ answer: EXPIRED }),
  'lying-type': (answer) => ({ answer: { ...answer, headers: { 'content-type': 'text/html; charset=utf-8' } } }),
  'longer-than-said': (answer) => ({ answer, wire: 'longer-than-said' }),
};

/** Serves the image of a completed job for any valid link; no API key is needed. */
export async function serveResult(world: World, { jobId, expires, signature }: ResultQuery): Promise<Reply> {
  if (!world.signer.isValid(jobId, expires, signature, world.now())) return { answer: EXPIRED };
  const job = world.book.find(jobId);
  if (job === undefined || !hasPicture(job, world.now())) {
    return { answer: errorAnswer(404, 'NOT_FOUND', `There is no result for ${jobId}.`) };
  }
  const hit = world.rules.find('result', requestFacts(job));
  hit?.use();
  const answer = await pictureAnswer(world, job);
  return hit === null ? whole(world, job, answer) : scripted(world, hit.action, job, answer);
}

/** The image's bytes; recorded in the ledger. */
export async function resultBytes(world: World, job: Job): Promise<Buffer> {
  const { bytes, sha256 } = await world.pictures.get(toPicture(job));
  world.book.updateTally(job, () => ({ resultSha256: sha256, resultBytes: bytes.length }));
  return bytes;
}

async function pictureAnswer(world: World, job: Job): Promise<Answer> {
  return image(job.request.format, await resultBytes(world, job));
}

function whole(world: World, job: Job, answer: Answer): Reply {
  world.book.updateTally(job, ({ downloads }) => ({ downloads: downloads + 1 }));
  return { answer };
}

async function scripted(world: World, action: ResultAction, job: Job, answer: Answer): Promise<Reply> {
  if ('status' in action) return scriptedAnswer(world, 'result', action);
  if ('delayMs' in action) return { ...whole(world, job, answer), delayMs: action.delayMs };
  world.counters.fault(`result:${action.fault}`);
  return RESULT_FAULT_REPLIES[action.fault](answer, job);
}

function hasPicture(job: Job, now: number): boolean {
  const { end } = job.plan;
  return hasEnded(job, now) && end.status === 'completed' && end.withUrl;
}

async function inAnotherFormat(job: Job): Promise<Answer> {
  const format = job.request.format === 'png' ? 'jpeg' : 'png';
  return image(format, await drawPicture({ ...toPicture(job), format }));
}

function image(format: string, body: Buffer): Answer {
  return { status: 200, body, headers: { 'content-type': `image/${format}` } };
}

function html(page: string): Answer {
  return { status: 200, body: page, headers: { 'content-type': 'text/html; charset=utf-8' } };
}

function firstHalf(body: unknown): unknown {
  return Buffer.isBuffer(body) ? body.subarray(0, body.length >> 1) : body;
}

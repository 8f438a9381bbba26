import type { ResultAction, ResultFault } from '../faults/rules';
import { type Answer, errorAnswer, type Reply } from '../http/answer';
import { hasEnded, type Job } from '../jobs/job';
import { drawPicture } from '../media/draw-picture';
import { toPicture } from '../media/picture';
import { listResults, type ResultFile } from '../media/results';
import type { World } from '../world';
import { fileName, parseFileName, requestFacts, scriptedAnswer } from './job-status';

/** Query parameters of a result link. */
interface ResultQuery {
  /** The job, and the role if it is not the result. */
  readonly file: string;
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

/** Serves a file of a completed job for any valid link; no API key is needed. */
export async function serveResult(world: World, { file: name, expires, signature }: ResultQuery): Promise<Reply> {
  if (!world.signer.isValid(name, expires, signature, world.now())) return { answer: EXPIRED };
  const { jobId, role } = parseFileName(name);
  const job = world.book.find(jobId);
  const file = job === undefined ? undefined : listResults(job).find((one) => one.role === role);
  if (job === undefined || file === undefined || !hasResult(job, world.now())) {
    return { answer: errorAnswer(404, 'NOT_FOUND', `There is no result for ${jobId}.`) };
  }
  const hit = world.rules.find('result', requestFacts(job));
  hit?.use();
  const answer = toAnswer(file.mimeType, await resultBytes(world, job, file));
  return hit === null ? whole(world, job, answer) : scripted(world, hit.action, job, answer);
}

/** The file that a completed status names first. */
export function mainFile(job: Job): ResultFile {
  return listResults(job)[0];
}

/** The bytes of a file; those of the main file are recorded in the ledger. */
export async function resultBytes(world: World, job: Job, file: ResultFile): Promise<Buffer> {
  const { bytes, sha256 } = await world.media.get(fileName(job, file.role), () =>
    file.make(() => Promise.all(job.request.inputs.map((input) => world.inputs.read(input)))),
  );
  if (file.role === mainFile(job).role) {
    world.book.updateTally(job, () => ({ resultSha256: sha256, resultBytes: bytes.length }));
  }
  return bytes;
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

function hasResult(job: Job, now: number): boolean {
  const { end } = job.plan;
  return hasEnded(job, now) && end.status === 'completed' && end.withUrl;
}

async function inAnotherFormat(job: Job): Promise<Answer> {
  const format = mainFile(job).mimeType === 'image/png' ? 'jpeg' : 'png';
  const drawn = await drawPicture(
    toPicture(job, { width: null, height: null, palette: null, ...job.request.work, format }),
  );
  return toAnswer(`image/${format}`, drawn);
}

function toAnswer(mimeType: string, body: Buffer): Answer {
  return { status: 200, body, headers: { 'content-type': mimeType } };
}

function html(page: string): Answer {
  return { status: 200, body: page, headers: { 'content-type': 'text/html; charset=utf-8' } };
}

function firstHalf(body: unknown): unknown {
  return Buffer.isBuffer(body) ? body.subarray(0, body.length >> 1) : body;
}
